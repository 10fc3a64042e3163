// What every program around a design that CXXRTL made needs: errors, files, memory contents, signals by name.

#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

[[noreturn]] static void fail(int code, const std::string &message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(code);
}

static std::vector<char> read_file(const std::string &name) {
    std::ifstream file(name, std::ios::binary);
    if (!file)
        fail(3, "cannot read " + name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A wish of the setup file: one a line, its fields parted by tabs.
struct Wish {
    std::string kind, name, extra;
};

static std::vector<Wish> read_setup(const std::string &name) {
    std::ifstream lines(name);
    std::vector<Wish> wishes;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        Wish wish;
        std::getline(fields, wish.kind, '\t'), std::getline(fields, wish.name, '\t'), std::getline(fields, wish.extra, '\t');
        wishes.push_back(wish);
    }
    return wishes;
}

static void load_memory(const cxxrtl::debug_items &items, const std::string &name, const std::string &file) {
    if (!items.count(name) || !items.is_memory(name))
        fail(2, "no memory " + name);
    const cxxrtl::debug_item &item = items.at(name).at(0);
    const std::vector<char> bytes = read_file(file);
    if (bytes.size() != item.depth * ((item.width + 31) / 32) * sizeof(uint32_t))
        fail(2, "contents of the wrong size for memory " + name);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(item.curr));
}

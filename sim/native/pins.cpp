// A board: the design that CXXRTL made (included below), its pins driven and read clock by clock.
//
//     pins SETUP CLOCK_HZ BAUD DESCRIPTOR PATIENCE
//
// SETUP is that of driver.cpp (memories only). DESCRIPTOR is the host's end of the line: for a UART the master of
// a pseudo-terminal, for SPI a listening socket (a transfer is its number of bytes in 2 bytes, low first, and the
// bytes; as many come back). Time passes only while something is on the line or the design is busy, but no longer than
// PATIENCE clocks without a byte. Ends when standard input does.
//
// DESIGN_SOURCE also holds namespace pins (made by sim/board_pins.py).

#include DESIGN_SOURCE

#include "design.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using Clocks = uint64_t;

static const int RESET_CLOCKS = 3;
static const Clocks SETTLE = 20000; // in which a design answers, or is busy

struct Clocked {
    cxxrtl_design::p_top top;
    Clocks now = 0;

    explicit Clocked(const std::string &setup) {
        cxxrtl::debug_items items;
        for (const Wish &wish : read_setup(setup)) {
            if (items.table.empty())
                top.debug_info(&items, nullptr, "");
            load_memory(items, wish.name, wish.extra);
        }
        pins::rest(top);
        top.p_clk.set<bool>(true);
        top.p_rst.set<bool>(true);
        for (int k = 0; k < RESET_CLOCKS; k++)
            clock();
        top.p_rst.set<bool>(false);
    }

    // Nothing happens at a falling edge: instead of simulating it, the clock is told to have been low.
    void clock() {
        top.prev_p_clk.set<bool>(false);
        top.step();
        now++;
    }
};

// Wait for one of two descriptors; returns whether it was the second one. Ends with standard input.
static bool wait_for(int descriptor, bool block) {
    pollfd wanted[] = {{0, POLLIN, 0}, {descriptor, POLLIN, 0}};
    if (poll(wanted, 2, block ? -1 : 0) < 0 && errno != EINTR)
        fail(3, "cannot wait for the host");
    if (wanted[0].revents) { // nothing is ever written to it
        char byte;
        if (read(0, &byte, 1) <= 0)
            std::exit(0);
    }
    return wanted[1].revents != 0;
}

#ifdef LINK_UART

// The host's end of a serial line: bytes become bits on rx, and bits on tx bytes.
struct Uart {
    Clocked &board;
    int host;
    double length; // of a bit, in clocks
    std::vector<uint8_t> sending = {};
    size_t sent = 0;
    int out_bit = -1, in_bit = -1; // of the byte under way; start bit 0, stop bit 9
    Clocks out_begin = 0, in_begin = 0, next_out = 0, next_in = 0, heard = 0;
    uint8_t in_byte = 0;
    bool deaf = false;   // nobody takes what the board sends
    bool broken = false; // it has sent what is no byte

    bool idle() const { return out_bit < 0 && in_bit < 0 && sent == sending.size(); }

    Clocks after(Clocks begin, double bits) const { return begin + Clocks(bits * length + 0.5); }

    void take_in(bool block) {
        if (!wait_for(host, block))
            return;
        sending.resize(4096), sent = 0;
        const ssize_t count = read(host, sending.data(), sending.size());
        sending.resize(count > 0 ? count : 0);
        heard = board.now;
    }

    void put() {
        pollfd room = {host, POLLOUT, 0};
        deaf = poll(&room, 1, deaf ? 0 : 1000) <= 0 || write(host, &in_byte, 1) != 1;
        heard = board.now;
    }

    void drive() {
        if (out_bit < 0) {
            if (sent == sending.size())
                return;
            out_begin = board.now, out_bit = 0;
        } else if (board.now < next_out)
            return;
        else if (++out_bit == 10) {
            out_bit = -1, sent++;
            drive(); // the next byte's start bit follows at once
            return;
        }
        next_out = after(out_begin, out_bit + 1);
        pins::set_line(board.top, out_bit == 0 ? false : out_bit == 9 || (sending[sent] >> (out_bit - 1) & 1));
    }

    void sample() {
        const bool level = pins::line(board.top);
        if (in_bit < 0) {
            if (!level)
                in_begin = board.now, in_bit = 0, next_in = after(in_begin, 0.5);
        } else if (board.now >= next_in) {
            if (in_bit == 0 ? level : in_bit == 9 && !level) {
                if (!broken)
                    std::fprintf(stderr, "tx has a wrong %s bit\n", in_bit ? "stop" : "start");
                broken = true;
            } else if (in_bit == 9)
                put();
            else if (in_bit > 0)
                in_byte = in_byte >> 1 | level << 7;
            in_bit = in_bit == 9 || (in_bit == 0 && level) ? -1 : in_bit + 1;
            next_in = after(in_begin, in_bit + 0.5);
        }
    }

    void play(Clocks patience) {
        const Clocks quiet = SETTLE + Clocks(24 * length);
        for (;;) {
            const Clocks silent = board.now - heard;
            const bool rests = idle() && (pins::busy(board.top) ? silent > patience : silent > quiet);
            if (sent == sending.size())
                take_in(rests);
            for (Clocks k = 0; k < Clocks(10 * length) + 1; k++) {
                drive();
                board.clock();
                sample();
            }
            if (!idle())
                heard = board.now;
        }
    }
};

static void serve(Clocked &board, int descriptor, double length, Clocks patience) {
    Uart{board, descriptor, length}.play(patience);
}

#else

// The host's side of SPI, mode 0: each transfer with chip select low, the clock at most an eighth of the design's.
struct Spi {
    Clocked &board;
    Clocks half;

    void wait(Clocks clocks) {
        for (Clocks k = 0; k < clocks; k++)
            board.clock();
    }

    uint8_t exchange(uint8_t sent) {
        uint8_t received = 0;
        for (int bit = 7; bit >= 0; bit--) {
            pins::set(board.top, false, false, sent >> bit & 1);
            wait(half);
            received = received << 1 | pins::cipo(board.top);
            pins::set(board.top, true, false, sent >> bit & 1);
            wait(half);
        }
        return received;
    }

    void transfer(std::vector<uint8_t> &bytes) {
        pins::set(board.top, false, false, false);
        wait(2 * half);
        for (uint8_t &byte : bytes)
            byte = exchange(byte);
        pins::set(board.top, false, false, false);
        wait(half);
        pins::set(board.top, false, true, false);
        wait(2 * half);
    }
};

// Receive exactly so many bytes; false if the host has gone.
static bool receive(int host, uint8_t *bytes, size_t count) {
    for (size_t done = 0; done < count;) {
        while (!wait_for(host, true))
            ;
        const ssize_t part = read(host, bytes + done, count - done);
        if (part <= 0)
            return false;
        done += part;
    }
    return true;
}

static void serve(Clocked &board, int listening, double length, Clocks) {
    Spi spi = {board, std::max(Clocks(4), Clocks(length / 2 + 0.999))};
    for (;;) {
        while (!wait_for(listening, true))
            ;
        const int host = accept(listening, nullptr, nullptr);
        uint8_t size[2];
        while (host >= 0 && receive(host, size, 2)) {
            std::vector<uint8_t> bytes(size[0] | size[1] << 8);
            if (!receive(host, bytes.data(), bytes.size()))
                break;
            spi.transfer(bytes);
            if (send(host, bytes.data(), bytes.size(), MSG_NOSIGNAL) != ssize_t(bytes.size()))
                break;
        }
        close(host);
    }
}

#endif

int main(int argc, char **argv) {
    if (argc != 6)
        fail(3, "usage: pins SETUP CLOCK_HZ BAUD DESCRIPTOR PATIENCE");
    Clocked board(argv[1]);
    serve(board, std::atoi(argv[4]), std::atof(argv[2]) / std::atof(argv[3]), std::strtoull(argv[5], nullptr, 10));
}

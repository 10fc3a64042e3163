// Block RAM with two ports, as the models of the vendors' cells use it.
//
// WIDTH: 1, 2, 4, or 1, 2 or 4 times BYTE. Where a byte has nine bits, the narrow widths leave the ninth out. An
// address counts bits (of the eight); the low ones of a word of several bytes enable the bytes that are written.
// MODE, of what a port reads while it writes: 0 what it read before, 1 what it writes, 2 what was there before.
// What one port writes while the other reads or writes the same bit is unknown (X), which no design may depend on. With
// OLD a port that reads (2) what was there before lets the other one read that, too, on the same clock.

`timescale 1ns / 1ps

module rnnhw_block_ram #(
    parameter BYTE = 9, WIDTH_A = 9, WIDTH_B = 9, MODE_A = 0, MODE_B = 0, OLD = 0,
    parameter [2048*BYTE-1:0] INIT = 0
) (
    input clk_a, ce_a, we_a, clk_b, ce_b, we_b,
    input [13:0] address_a, address_b,
    input [35:0] data_a, data_b,
    output reg [35:0] q_a, q_b
);
    reg [2048*BYTE-1:0] store = INIT;
    initial q_a = 0;
    initial q_b = 0;

    // The place of a word's lowest bit.
    function integer place(input [13:0] address, input integer width);
        integer bytes;
        begin
            bytes = width < 8 ? 1 : width / BYTE;
            place = (address >> 3) / bytes * bytes * BYTE;
            if (width < 8)
                place = place + (address[2:0] & ~(width - 1));
        end
    endfunction

    // Whether a bit of a word is written.
    function enabled(input [13:0] address, input integer width, input integer index);
        enabled = width < 2 * BYTE || address[index / BYTE];
    endfunction

    // Whether the other port writes this place at the same time.
    function clash(input integer at, input other_clk, other_ce, other_we, input [13:0] address, input integer width);
        clash = other_clk === 1'b1 && (other_ce & other_we) !== 1'b0 && at >= place(address, width) &&
            at < place(address, width) + width && enabled(address, width, at - place(address, width)) !== 1'b0;
    endfunction

    wire spoils_a = we_a && !(OLD && MODE_A == 2);  // what the other port reads
    wire spoils_b = we_b && !(OLD && MODE_B == 2);

    integer index, at;
    always @(posedge clk_a)
        if (ce_a)
            for (index = 0; index < WIDTH_A; index = index + 1) begin
                at = place(address_a, WIDTH_A) + index;
                if (we_a && enabled(address_a, WIDTH_A, index))
                    store[at] <= clash(at, clk_b, ce_b, we_b, address_b, WIDTH_B) ? 1'bx : data_a[index];
                if (!we_a || MODE_A == 2)
                    q_a[index] <= clash(at, clk_b, ce_b, spoils_b, address_b, WIDTH_B) ? 1'bx : store[at];
                else if (MODE_A == 1)
                    q_a[index] <= enabled(address_a, WIDTH_A, index) ? data_a[index] : 1'bx;
            end

    integer index_b, at_b;
    always @(posedge clk_b)
        if (ce_b)
            for (index_b = 0; index_b < WIDTH_B; index_b = index_b + 1) begin
                at_b = place(address_b, WIDTH_B) + index_b;
                if (we_b && enabled(address_b, WIDTH_B, index_b))
                    store[at_b] <= clash(at_b, clk_a, ce_a, we_a, address_a, WIDTH_A) ? 1'bx : data_b[index_b];
                if (!we_b || MODE_B == 2)
                    q_b[index_b] <= clash(at_b, clk_a, ce_a, spoils_a, address_a, WIDTH_A) ? 1'bx : store[at_b];
                else if (MODE_B == 1)
                    q_b[index_b] <= enabled(address_b, WIDTH_B, index_b) ? data_b[index_b] : 1'bx;
            end
endmodule

// Block RAM of Xilinx' 7 series, for which yosys has no simulation model.
//
// Written from Xilinx UG473 ("7 Series FPGAs Memory Resources"). Only the modes that yosys uses for rnnhw are modelled;
// any other one ends the simulation.

`timescale 1ns / 1ps

module RAMB18E1 (
    input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
    input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
    input [13:0] ADDRARDADDR, ADDRBWRADDR,
    input [15:0] DIADI, DIBDI,
    input [1:0] DIPADIP, DIPBDIP, WEA,
    input [3:0] WEBWE,
    output [15:0] DOADO, DOBDO,
    output [1:0] DOPADOP, DOPBDOP
);
    parameter integer DOA_REG = 0, DOB_REG = 0;
    parameter integer READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0;
    parameter INIT_A = 18'h0, INIT_B = 18'h0, SRVAL_A = 18'h0, SRVAL_B = 18'h0;
    parameter RAM_MODE = "TDP", WRITE_MODE_A = "WRITE_FIRST", WRITE_MODE_B = "WRITE_FIRST";
    parameter RDADDR_COLLISION_HWCONFIG = "DELAYED_WRITE", RSTREG_PRIORITY_A = "RSTREG", RSTREG_PRIORITY_B = "RSTREG";
    parameter SIM_COLLISION_CHECK = "ALL", SIM_DEVICE = "VIRTEX6";
    parameter [0:0] IS_CLKARDCLK_INVERTED = 0, IS_CLKBWRCLK_INVERTED = 0, IS_ENARDEN_INVERTED = 0;
    parameter [0:0] IS_ENBWREN_INVERTED = 0, IS_RSTRAMARSTRAM_INVERTED = 0, IS_RSTRAMB_INVERTED = 0;
    parameter [0:0] IS_RSTREGARSTREG_INVERTED = 0, IS_RSTREGB_INVERTED = 0;
    parameter [255:0] INIT_00 = 0, INIT_01 = 0, INIT_02 = 0, INIT_03 = 0, INIT_04 = 0, INIT_05 = 0;
    parameter [255:0] INIT_06 = 0, INIT_07 = 0, INIT_08 = 0, INIT_09 = 0, INIT_0A = 0, INIT_0B = 0;
    parameter [255:0] INIT_0C = 0, INIT_0D = 0, INIT_0E = 0, INIT_0F = 0, INIT_10 = 0, INIT_11 = 0;
    parameter [255:0] INIT_12 = 0, INIT_13 = 0, INIT_14 = 0, INIT_15 = 0, INIT_16 = 0, INIT_17 = 0;
    parameter [255:0] INIT_18 = 0, INIT_19 = 0, INIT_1A = 0, INIT_1B = 0, INIT_1C = 0, INIT_1D = 0;
    parameter [255:0] INIT_1E = 0, INIT_1F = 0, INIT_20 = 0, INIT_21 = 0, INIT_22 = 0, INIT_23 = 0;
    parameter [255:0] INIT_24 = 0, INIT_25 = 0, INIT_26 = 0, INIT_27 = 0, INIT_28 = 0, INIT_29 = 0;
    parameter [255:0] INIT_2A = 0, INIT_2B = 0, INIT_2C = 0, INIT_2D = 0, INIT_2E = 0, INIT_2F = 0;
    parameter [255:0] INIT_30 = 0, INIT_31 = 0, INIT_32 = 0, INIT_33 = 0, INIT_34 = 0, INIT_35 = 0;
    parameter [255:0] INIT_36 = 0, INIT_37 = 0, INIT_38 = 0, INIT_39 = 0, INIT_3A = 0, INIT_3B = 0;
    parameter [255:0] INIT_3C = 0, INIT_3D = 0, INIT_3E = 0, INIT_3F = 0;
    parameter [255:0] INITP_00 = 0, INITP_01 = 0, INITP_02 = 0, INITP_03 = 0, INITP_04 = 0, INITP_05 = 0;
    parameter [255:0] INITP_06 = 0, INITP_07 = 0;

    localparam WIDE = RAM_MODE == "SDP";  // A reads and B writes, through the pins of both
    localparam WIDTH_A = READ_WIDTH_A > WRITE_WIDTH_A ? READ_WIDTH_A : WRITE_WIDTH_A;
    localparam WIDTH_B = READ_WIDTH_B > WRITE_WIDTH_B ? READ_WIDTH_B : WRITE_WIDTH_B;

    // Data and parity as bytes of nine bits.
    function [18431:0] bytes(input [16383:0] data, input [2047:0] parity);
        integer index;
        for (index = 0; index < 2048; index = index + 1)
            bytes[index*9+:9] = {parity[index], data[index*8+:8]};
    endfunction

    // The low address bits enable the bytes of a word.
    function [13:0] address(input [13:0] given, input integer width, input [3:0] enables);
        address = width < 18 ? given : width == 18 ? {given[13:4], 2'b0, enables[1:0]} : {given[13:5], 1'b0, enables};
    endfunction

    wire [35:0] out_a, out_b;
    wire [17:0] in_a = {DIPADIP[1], DIADI[15:8], DIPADIP[0], DIADI[7:0]};
    wire [17:0] in_b = {DIPBDIP[1], DIBDI[15:8], DIPBDIP[0], DIBDI[7:0]};
    wire [17:0] read_b = WIDE && WIDTH_A == 36 ? out_a[35:18] : out_b[17:0];
    assign {DOPADOP[1], DOADO[15:8], DOPADOP[0], DOADO[7:0]} = out_a[17:0];
    assign {DOPBDOP[1], DOBDO[15:8], DOPBDOP[0], DOBDO[7:0]} = read_b;

    rnnhw_block_ram #(
        .BYTE(9),
        .WIDTH_A(WIDTH_A ? WIDTH_A : 9),
        .WIDTH_B(WIDTH_B ? WIDTH_B : 9),
        .MODE_A(WRITE_MODE_A == "NO_CHANGE" ? 0 : WRITE_MODE_A == "WRITE_FIRST" ? 1 : 2),
        .MODE_B(WRITE_MODE_B == "NO_CHANGE" ? 0 : WRITE_MODE_B == "WRITE_FIRST" ? 1 : 2),
        .OLD(1),
        .INIT(bytes({
            INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38, INIT_37, INIT_36, INIT_35, INIT_34,
            INIT_33, INIT_32, INIT_31, INIT_30, INIT_2F, INIT_2E, INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28,
            INIT_27, INIT_26, INIT_25, INIT_24, INIT_23, INIT_22, INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C,
            INIT_1B, INIT_1A, INIT_19, INIT_18, INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12, INIT_11, INIT_10,
            INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08, INIT_07, INIT_06, INIT_05, INIT_04,
            INIT_03, INIT_02, INIT_01, INIT_00
        }, {
            INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00
        }))
    ) ram (
        .clk_a(CLKARDCLK), .ce_a(ENARDEN), .we_a(!WIDE && WRITE_WIDTH_A != 0 && WEA != 0),
        .address_a(address(ADDRARDADDR, WIDTH_A, WEA)), .data_a({18'b0, in_a}), .q_a(out_a),
        .clk_b(CLKBWRCLK), .ce_b(ENBWREN), .we_b(WRITE_WIDTH_B != 0 && WEBWE != 0),
        .address_b(address(ADDRBWRADDR, WIDTH_B, WEBWE)), .q_b(out_b),
        .data_b(WIDE && WIDTH_B == 36 ? {in_b, in_a} : {18'b0, in_b})
    );

    initial begin
        if (DOA_REG || DOB_REG || (READ_WIDTH_A && WRITE_WIDTH_A && READ_WIDTH_A != WRITE_WIDTH_A) ||
            (READ_WIDTH_B && WRITE_WIDTH_B && READ_WIDTH_B != WRITE_WIDTH_B))
            $fatal(1, "RAMB18E1: output registers and ports of two widths are not modelled");
        if (IS_CLKARDCLK_INVERTED || IS_CLKBWRCLK_INVERTED || IS_ENARDEN_INVERTED || IS_ENBWREN_INVERTED ||
            IS_RSTRAMARSTRAM_INVERTED || IS_RSTRAMB_INVERTED)
            $fatal(1, "RAMB18E1: inverted pins are not modelled");
        #1;
        if ((RSTRAMARSTRAM | RSTRAMB) !== 1'b0)
            $fatal(1, "RAMB18E1: the reset is not modelled");
    end
    always @(RSTRAMARSTRAM, RSTRAMB)
        if ($time > 1)
            $fatal(1, "RAMB18E1: the reset must stay what it is");
endmodule

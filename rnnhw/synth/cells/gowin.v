// Cells of Gowin's GW1N and GW2A for which yosys has no simulation model.
//
// Written from Gowin UG287 ("Gowin DSP User Guide") and UG285 ("Gowin BSRAM & SSRAM User Guide"). Only the modes that rnnhw
// and yosys use are modelled; any other one ends the simulation. Registers begin at zero, as the global reset leaves them.

`timescale 1ns / 1ps

module MULT9X9 (
    input [8:0] A, SIA, B, SIB,
    input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
    output [17:0] DOUT,
    output [8:0] SOA, SOB
);
    parameter AREG = 1'b0, BREG = 1'b0, OUT_REG = 1'b0, PIPE_REG = 1'b0, ASIGN_REG = 1'b0, BSIGN_REG = 1'b0;
    parameter SOA_REG = 1'b0, MULT_RESET_MODE = "SYNC";

    rnnhw_gowin_multiplier #(
        .WIDTH(9), .A_REG(AREG), .B_REG(BREG), .PIPE_REG(PIPE_REG), .OUT_REG(OUT_REG)
    ) multiplier (
        .a(A), .b(B), .a_sign(ASIGN), .b_sign(BSIGN), .clk(CLK), .ce(CE), .out(DOUT)
    );
    assign SOA = 9'bx, SOB = 9'bx;  // the shift chains are not modelled

    initial begin
        if (ASIGN_REG || BSIGN_REG || SOA_REG)
            $fatal(1, "MULT9X9: registers of the signs and of the shift chain are not modelled");
        #1;
        if ((ASEL | BSEL | RESET) !== 1'b0)
            $fatal(1, "MULT9X9: shift chains and reset are not modelled");
    end
    always @(ASIGN, BSIGN, ASEL, BSEL, RESET)
        if ($time > 1)
            $fatal(1, "MULT9X9: signs, selections and reset must stay what they are");
endmodule

module MULT18X18 (
    input [17:0] A, SIA, B, SIB,
    input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
    output [35:0] DOUT,
    output [17:0] SOA, SOB
);
    parameter AREG = 1'b0, BREG = 1'b0, OUT_REG = 1'b0, PIPE_REG = 1'b0, ASIGN_REG = 1'b0, BSIGN_REG = 1'b0;
    parameter SOA_REG = 1'b0, MULT_RESET_MODE = "SYNC";

    rnnhw_gowin_multiplier #(
        .WIDTH(18), .A_REG(AREG), .B_REG(BREG), .PIPE_REG(PIPE_REG), .OUT_REG(OUT_REG)
    ) multiplier (
        .a(A), .b(B), .a_sign(ASIGN), .b_sign(BSIGN), .clk(CLK), .ce(CE), .out(DOUT)
    );
    assign SOA = 18'bx, SOB = 18'bx;  // the shift chains are not modelled

    initial begin
        if (ASIGN_REG || BSIGN_REG || SOA_REG)
            $fatal(1, "MULT18X18: registers of the signs and of the shift chain are not modelled");
        #1;
        if ((ASEL | BSEL | RESET) !== 1'b0)
            $fatal(1, "MULT18X18: shift chains and reset are not modelled");
    end
    always @(ASIGN, BSIGN, ASEL, BSEL, RESET)
        if ($time > 1)
            $fatal(1, "MULT18X18: signs, selections and reset must stay what they are");
endmodule

module rnnhw_gowin_multiplier #(
    parameter WIDTH = 9, A_REG = 0, B_REG = 0, PIPE_REG = 0, OUT_REG = 0
) (
    input [WIDTH-1:0] a, b,
    input a_sign, b_sign, clk, ce,
    output [2*WIDTH-1:0] out
);
    reg [WIDTH-1:0] a_1 = 0, b_1 = 0;
    reg [2*WIDTH-1:0] product_1 = 0, product_2 = 0;
    wire [WIDTH-1:0] a_2 = A_REG ? a_1 : a;
    wire [WIDTH-1:0] b_2 = B_REG ? b_1 : b;
    wire signed [2*WIDTH+1:0] product =
        $signed({a_sign & a_2[WIDTH-1], a_2}) * $signed({b_sign & b_2[WIDTH-1], b_2});
    wire [2*WIDTH-1:0] piped = PIPE_REG ? product_1 : product[2*WIDTH-1:0];
    assign out = OUT_REG ? product_2 : piped;
    always @(posedge clk)
        if (ce) begin
            a_1 <= a;
            b_1 <= b;
            product_1 <= product[2*WIDTH-1:0];
            product_2 <= piped;
        end
endmodule

module SP (
    input CLK, CE, OCE, RESET, WRE,
    input [13:0] AD,
    input [31:0] DI,
    input [2:0] BLKSEL,
    output [31:0] DO
);
    parameter READ_MODE = 1'b0, WRITE_MODE = 2'b00, BIT_WIDTH = 32, BLK_SEL = 3'b000, RESET_MODE = "SYNC";
    parameter [255:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [255:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [255:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [255:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [255:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [255:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [255:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [255:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [255:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [255:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [255:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [255:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [255:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DO = out_a[31:0];
    rnnhw_block_ram #(
        .BYTE(8), .WIDTH_A(BIT_WIDTH), .WIDTH_B(BIT_WIDTH), .MODE_A(WRITE_MODE), .MODE_B(0),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLK), .ce_a(CE), .we_a(WRE), .address_a(AD), .data_a({4'b0, DI}), .q_a(out_a),
        .clk_b(1'b0), .ce_b(1'b0), .we_b(1'b0), .address_b(14'b0), .data_b(36'b0), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE) != 0 || (BLK_SEL) != 0)
            $fatal(1, "SP: output registers and block selects are not modelled");
        #1;
        if ((RESET | BLKSEL) !== 0)
            $fatal(1, "SP: reset and block selects are not modelled");
    end
    always @(RESET, BLKSEL)
        if ($time > 1)
            $fatal(1, "SP: reset and block selects must stay what they are");
endmodule

module SPX9 (
    input CLK, CE, OCE, RESET, WRE,
    input [13:0] AD,
    input [35:0] DI,
    input [2:0] BLKSEL,
    output [35:0] DO
);
    parameter READ_MODE = 1'b0, WRITE_MODE = 2'b00, BIT_WIDTH = 36, BLK_SEL = 3'b000, RESET_MODE = "SYNC";
    parameter [287:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [287:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [287:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [287:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [287:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [287:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [287:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [287:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [287:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [287:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [287:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [287:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [287:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DO = out_a[35:0];
    rnnhw_block_ram #(
        .BYTE(9), .WIDTH_A(BIT_WIDTH), .WIDTH_B(BIT_WIDTH), .MODE_A(WRITE_MODE), .MODE_B(0),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLK), .ce_a(CE), .we_a(WRE), .address_a(AD), .data_a(DI), .q_a(out_a),
        .clk_b(1'b0), .ce_b(1'b0), .we_b(1'b0), .address_b(14'b0), .data_b(36'b0), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE) != 0 || (BLK_SEL) != 0)
            $fatal(1, "SPX9: output registers and block selects are not modelled");
        #1;
        if ((RESET | BLKSEL) !== 0)
            $fatal(1, "SPX9: reset and block selects are not modelled");
    end
    always @(RESET, BLKSEL)
        if ($time > 1)
            $fatal(1, "SPX9: reset and block selects must stay what they are");
endmodule

module SDPB (
    input CLKA, CEA, RESETA, CLKB, CEB, OCE, RESETB,
    input [13:0] ADA, ADB,
    input [31:0] DI,
    input [2:0] BLKSELA, BLKSELB,
    output [31:0] DO
);
    parameter READ_MODE = 1'b0, BIT_WIDTH_0 = 32, BIT_WIDTH_1 = 32, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [255:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [255:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [255:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [255:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [255:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [255:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [255:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [255:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [255:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [255:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [255:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [255:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [255:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DO = out_b[31:0];
    rnnhw_block_ram #(
        .BYTE(8), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(0), .MODE_B(0),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLKA), .ce_a(CEA), .we_a(1'b1), .address_a(ADA), .data_a({4'b0, DI}), .q_a(out_a),
        .clk_b(CLKB), .ce_b(CEB), .we_b(1'b0), .address_b(ADB), .data_b(36'b0), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE) != 0 || (BLK_SEL_0 | BLK_SEL_1) != 0)
            $fatal(1, "SDPB: output registers and block selects are not modelled");
        #1;
        if ((RESETA | RESETB | BLKSELA | BLKSELB) !== 0)
            $fatal(1, "SDPB: reset and block selects are not modelled");
    end
    always @(RESETA, RESETB, BLKSELA, BLKSELB)
        if ($time > 1)
            $fatal(1, "SDPB: reset and block selects must stay what they are");
endmodule

module SDPX9B (
    input CLKA, CEA, RESETA, CLKB, CEB, OCE, RESETB,
    input [13:0] ADA, ADB,
    input [35:0] DI,
    input [2:0] BLKSELA, BLKSELB,
    output [35:0] DO
);
    parameter READ_MODE = 1'b0, BIT_WIDTH_0 = 36, BIT_WIDTH_1 = 36, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000;
    parameter RESET_MODE = "SYNC";
    parameter [287:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [287:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [287:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [287:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [287:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [287:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [287:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [287:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [287:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [287:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [287:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [287:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [287:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DO = out_b[35:0];
    rnnhw_block_ram #(
        .BYTE(9), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(0), .MODE_B(0),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLKA), .ce_a(CEA), .we_a(1'b1), .address_a(ADA), .data_a(DI), .q_a(out_a),
        .clk_b(CLKB), .ce_b(CEB), .we_b(1'b0), .address_b(ADB), .data_b(36'b0), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE) != 0 || (BLK_SEL_0 | BLK_SEL_1) != 0)
            $fatal(1, "SDPX9B: output registers and block selects are not modelled");
        #1;
        if ((RESETA | RESETB | BLKSELA | BLKSELB) !== 0)
            $fatal(1, "SDPX9B: reset and block selects are not modelled");
    end
    always @(RESETA, RESETB, BLKSELA, BLKSELB)
        if ($time > 1)
            $fatal(1, "SDPX9B: reset and block selects must stay what they are");
endmodule

module DPB (
    input CLKA, CEA, OCEA, RESETA, WREA, CLKB, CEB, OCEB, RESETB, WREB,
    input [13:0] ADA, ADB,
    input [15:0] DIA, DIB,
    input [2:0] BLKSELA, BLKSELB,
    output [15:0] DOA, DOB
);
    parameter READ_MODE0 = 1'b0, READ_MODE1 = 1'b0, WRITE_MODE0 = 2'b00, WRITE_MODE1 = 2'b00;
    parameter BIT_WIDTH_0 = 16, BIT_WIDTH_1 = 16, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000, RESET_MODE = "SYNC";
    parameter [255:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [255:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [255:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [255:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [255:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [255:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [255:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [255:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [255:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [255:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [255:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [255:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [255:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DOA = out_a[15:0], DOB = out_b[15:0];
    rnnhw_block_ram #(
        .BYTE(8), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(WRITE_MODE0), .MODE_B(WRITE_MODE1),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLKA), .ce_a(CEA), .we_a(WREA), .address_a(ADA), .data_a({20'b0, DIA}), .q_a(out_a),
        .clk_b(CLKB), .ce_b(CEB), .we_b(WREB), .address_b(ADB), .data_b({20'b0, DIB}), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE0 | READ_MODE1) != 0 || (BLK_SEL_0 | BLK_SEL_1) != 0)
            $fatal(1, "DPB: output registers and block selects are not modelled");
        #1;
        if ((RESETA | RESETB | BLKSELA | BLKSELB) !== 0)
            $fatal(1, "DPB: reset and block selects are not modelled");
    end
    always @(RESETA, RESETB, BLKSELA, BLKSELB)
        if ($time > 1)
            $fatal(1, "DPB: reset and block selects must stay what they are");
endmodule

module DPX9B (
    input CLKA, CEA, OCEA, RESETA, WREA, CLKB, CEB, OCEB, RESETB, WREB,
    input [13:0] ADA, ADB,
    input [17:0] DIA, DIB,
    input [2:0] BLKSELA, BLKSELB,
    output [17:0] DOA, DOB
);
    parameter READ_MODE0 = 1'b0, READ_MODE1 = 1'b0, WRITE_MODE0 = 2'b00, WRITE_MODE1 = 2'b00;
    parameter BIT_WIDTH_0 = 18, BIT_WIDTH_1 = 18, BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000, RESET_MODE = "SYNC";
    parameter [287:0] INIT_RAM_00 = 0, INIT_RAM_01 = 0, INIT_RAM_02 = 0, INIT_RAM_03 = 0, INIT_RAM_04 = 0;
    parameter [287:0] INIT_RAM_05 = 0, INIT_RAM_06 = 0, INIT_RAM_07 = 0, INIT_RAM_08 = 0, INIT_RAM_09 = 0;
    parameter [287:0] INIT_RAM_0A = 0, INIT_RAM_0B = 0, INIT_RAM_0C = 0, INIT_RAM_0D = 0, INIT_RAM_0E = 0;
    parameter [287:0] INIT_RAM_0F = 0, INIT_RAM_10 = 0, INIT_RAM_11 = 0, INIT_RAM_12 = 0, INIT_RAM_13 = 0;
    parameter [287:0] INIT_RAM_14 = 0, INIT_RAM_15 = 0, INIT_RAM_16 = 0, INIT_RAM_17 = 0, INIT_RAM_18 = 0;
    parameter [287:0] INIT_RAM_19 = 0, INIT_RAM_1A = 0, INIT_RAM_1B = 0, INIT_RAM_1C = 0, INIT_RAM_1D = 0;
    parameter [287:0] INIT_RAM_1E = 0, INIT_RAM_1F = 0, INIT_RAM_20 = 0, INIT_RAM_21 = 0, INIT_RAM_22 = 0;
    parameter [287:0] INIT_RAM_23 = 0, INIT_RAM_24 = 0, INIT_RAM_25 = 0, INIT_RAM_26 = 0, INIT_RAM_27 = 0;
    parameter [287:0] INIT_RAM_28 = 0, INIT_RAM_29 = 0, INIT_RAM_2A = 0, INIT_RAM_2B = 0, INIT_RAM_2C = 0;
    parameter [287:0] INIT_RAM_2D = 0, INIT_RAM_2E = 0, INIT_RAM_2F = 0, INIT_RAM_30 = 0, INIT_RAM_31 = 0;
    parameter [287:0] INIT_RAM_32 = 0, INIT_RAM_33 = 0, INIT_RAM_34 = 0, INIT_RAM_35 = 0, INIT_RAM_36 = 0;
    parameter [287:0] INIT_RAM_37 = 0, INIT_RAM_38 = 0, INIT_RAM_39 = 0, INIT_RAM_3A = 0, INIT_RAM_3B = 0;
    parameter [287:0] INIT_RAM_3C = 0, INIT_RAM_3D = 0, INIT_RAM_3E = 0, INIT_RAM_3F = 0;

    wire [35:0] out_a, out_b;
    assign DOA = out_a[17:0], DOB = out_b[17:0];
    rnnhw_block_ram #(
        .BYTE(9), .WIDTH_A(BIT_WIDTH_0), .WIDTH_B(BIT_WIDTH_1), .MODE_A(WRITE_MODE0), .MODE_B(WRITE_MODE1),
        .INIT({
            INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
            INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
            INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
            INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
            INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
            INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
            INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
            INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
        })
    ) ram (
        .clk_a(CLKA), .ce_a(CEA), .we_a(WREA), .address_a(ADA), .data_a({18'b0, DIA}), .q_a(out_a),
        .clk_b(CLKB), .ce_b(CEB), .we_b(WREB), .address_b(ADB), .data_b({18'b0, DIB}), .q_b(out_b)
    );

    initial begin
        if ((READ_MODE0 | READ_MODE1) != 0 || (BLK_SEL_0 | BLK_SEL_1) != 0)
            $fatal(1, "DPX9B: output registers and block selects are not modelled");
        #1;
        if ((RESETA | RESETB | BLKSELA | BLKSELB) !== 0)
            $fatal(1, "DPX9B: reset and block selects are not modelled");
    end
    always @(RESETA, RESETB, BLKSELA, BLKSELB)
        if ($time > 1)
            $fatal(1, "DPX9B: reset and block selects must stay what they are");
endmodule

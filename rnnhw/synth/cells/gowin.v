// Cells of Gowin's GW1N and GW2A for which yosys has no simulation model.
//
// Written from Gowin UG287 ("Gowin DSP User Guide") and UG285 ("Gowin BSRAM & SSRAM User Guide"). Only the modes that
// rnnhw and yosys use are modelled; any other one ends the simulation. Registers begin at zero, as the global reset
// leaves them.

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

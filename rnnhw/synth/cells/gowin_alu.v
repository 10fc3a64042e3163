// The adder cell of Gowin's GW1N and GW2A, from UG288 ("Gowin Configurable Function Unit User Guide").
//
// Yosys has a model, at which Icarus 11 breaks off ("Assertion `net' failed") where a chain of such cells begins with
// constants; this one assigns in procedures.

`timescale 1ns / 1ps

module ALU (
    input I0, I1, I3, CIN,
    output reg SUM, COUT
);
    parameter ALU_MODE = 0;

    reg half, generated;
    always_comb begin
        half = 1'bx;
        generated = I0;
        case (ALU_MODE)
            0: half = I0 ^ I1;                 // add
            1: half = I0 ^ ~I1;                // subtract
            2: half = I3 ? I0 ^ I1 : I0 ^ ~I1; // either
            3: begin                           // not equal
                half = I0 ^ ~I1;
                generated = 1'b1;
            end
            4: half = I0 ^ ~I1;                // greater or equal
            5: begin                           // less or equal
                half = ~I0 ^ I1;
                generated = I1;
            end
            6: begin                           // count up
                half = I0;
                generated = 1'b0;
            end
            7: begin                           // count down
                half = ~I0;
                generated = 1'b1;
            end
            8: half = I3 ? I0 : ~I0;           // count either way
            9: begin                           // multiply
                half = (I0 & I1) ^ I3;
                generated = I0 & I1;
            end
        endcase
        SUM = half ^ CIN;
        COUT = half ? CIN : generated;
    end
    initial
        if (ALU_MODE < 0 || ALU_MODE > 9)
            $fatal(1, "ALU: there is no mode %0d", ALU_MODE);
endmodule

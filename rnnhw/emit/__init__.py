"""What leaves rnnhw: SystemVerilog, memory images, the manifest and a stand-alone test bench."""

package muflex.engine.translate;

/**
 * What a program is written for.
 *
 * @param language OpenCL C or CUDA C
 * @param lanes floats in the dialect's Lanes: 4, 8 or 16
 * @param tileVectors lanes side by side in a register tile
 * @param checked whether accesses to arrays are checked and reported: slow
 * @param restricts whether kernels may assume that their arrays do not overlap
 * @param doubles whether the device computes in double
 *
 */
public record Target(
        Language language, int lanes, int tileVectors, boolean checked, boolean restricts, boolean doubles) {

    /** A C for devices. */
    public enum Language {
        OPENCL,
        CUDA
    }

    Dialect dialect() {
        return language == Language.OPENCL ? new OpenClC(lanes) : new CudaC(lanes);
    }
}

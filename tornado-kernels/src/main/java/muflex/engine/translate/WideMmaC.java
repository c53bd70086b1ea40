package muflex.engine.translate;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code muflex.kernels.WideMma} in CUDA C++ with PTX for compute capability 9.0 ({@code wgmma}). */
final class WideMmaC {
    private WideMmaC() {}

    /**
     * Descriptors name an address in 16 bytes, 16,384 bytes from a panel to the next, 1,024 from eight rows to the next, and the swizzle
     * of 128 bytes.
     */
    static String text() {
        return """
            FN ulong wide_tile(const float *tile) {
              return (ulong) (((uint) __cvta_generic_to_shared(tile) & 0x3ffffu) >> 4)
                  | (ulong) (16384 >> 4) << 16 | (ulong) (1024 >> 4) << 32 | 1ull << 62;
            }
            #define WIDE_INPUTS \\
              "r"(BITS(a[0])), "r"(BITS(a[1])), "r"(BITS(a[2])), "r"(BITS(a[3])), "l"(wide_tile(tile) + offset / 4)
            #define WIDE_ELEMENTS_64 %ELEMENTS_64
            #define WIDE_ELEMENTS_128 %ELEMENTS_128
            #define WIDE_MULTIPLY_64(FORM) \\
              asm volatile("{.reg .pred p; setp.ne.b32 p, %37, 0;" \\
                  "wgmma.mma_async.sync.aligned.m64n64k16.f32." FORM "." FORM " {%NAMES_64}," \\
                  "{%32, %33, %34, %35}, %36, p, 1, 1, 1;}" : WIDE_ELEMENTS_64 : WIDE_INPUTS, "r"(add));
            #define WIDE_MULTIPLY_128(FORM) \\
              asm volatile("{.reg .pred p; setp.ne.b32 p, %69, 0;" \\
                  "wgmma.mma_async.sync.aligned.m64n128k16.f32." FORM "." FORM " {%NAMES_128}," \\
                  "{%64, %65, %66, %67}, %68, p, 1, 1, 1;}" : WIDE_ELEMENTS_128 : WIDE_INPUTS, "r"(add));
            #define WIDE_TILES "l"(wide_tile(left) + offset / 4), "l"(wide_tile(tile) + offset / 4), "r"(add)
            #define WIDE_MULTIPLY_TILES_64(FORM) \\
              asm volatile("{.reg .pred p; setp.ne.b32 p, %34, 0;" \\
                  "wgmma.mma_async.sync.aligned.m64n64k16.f32." FORM "." FORM " {%NAMES_64}," \\
                  "%32, %33, p, 1, 1, 0, 0;}" : WIDE_ELEMENTS_64 : WIDE_TILES);
            #define WIDE_MULTIPLY_TILES_128(FORM) \\
              asm volatile("{.reg .pred p; setp.ne.b32 p, %66, 0;" \\
                  "wgmma.mma_async.sync.aligned.m64n128k16.f32." FORM "." FORM " {%NAMES_128}," \\
                  "%64, %65, p, 1, 1, 0, 0;}" : WIDE_ELEMENTS_128 : WIDE_TILES);
            FN void wide_multiplyColumns(
                const float *left, const float *tile, int offset, float *c, int columns, int add, int bfloat) {
              if (columns == 64) {
                if (bfloat) { WIDE_MULTIPLY_TILES_64("bf16") } else { WIDE_MULTIPLY_TILES_64("f16") }
              } else {
                if (bfloat) { WIDE_MULTIPLY_TILES_128("bf16") } else { WIDE_MULTIPLY_TILES_128("f16") }
              }
            }
            FN void wide_multiplyRows(
                const float *a, const float *tile, int offset, float *c, int panels, int bfloat) {
              const int add = 1;
              if (panels == 1) {
                if (bfloat) { WIDE_MULTIPLY_64("bf16") } else { WIDE_MULTIPLY_64("f16") }
              } else {
                if (bfloat) { WIDE_MULTIPLY_128("bf16") } else { WIDE_MULTIPLY_128("f16") }
              }
            }
            FN void wide_publish() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
            FN void wide_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
            FN void wide_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
            template <int batches> FN void wide_await() {
              asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(batches) : "memory");
            }
            FN void wide_take(float *c) { asm volatile("" : WIDE_ELEMENTS_64 :: "memory"); }
            """.replace("%ELEMENTS_64", elements("\"+f\"(c[#])", 32))
                .replace("%ELEMENTS_128", elements("\"+f\"(c[#])", 64))
                .replace("%NAMES_64", elements("%#", 32))
                .replace("%NAMES_128", elements("%#", 64));
    }

    /** What a product of so many columns is of an item's registers. */
    private static String elements(String form, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> form.replace("#", Integer.toString(i)))
                .collect(Collectors.joining(", "));
    }
}

package muflex.engine.translate;

import java.util.Locale;
import java.util.Set;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** CUDA C++, as nvcc and NVRTC take it; lanes are an array of scalars whose loops are unrolled. */
final class CudaC extends Dialect {
    private static final String LANES = """
            struct lanes { float x[#]; };

            #define EACH _Pragma("unroll") for (int i = 0; i < #; i++)
            FN lanes lanes_splat(float v) { lanes r; EACH r.x[i] = v; return r; }
            FN lanes lanes_add(lanes a, lanes b) { EACH a.x[i] += b.x[i]; return a; }
            FN lanes lanes_sub(lanes a, lanes b) { EACH a.x[i] -= b.x[i]; return a; }
            FN lanes lanes_mul(lanes a, lanes b) { EACH a.x[i] *= b.x[i]; return a; }
            FN lanes lanes_div(lanes a, lanes b) { EACH a.x[i] /= b.x[i]; return a; }
            FN lanes lanes_fma(lanes a, lanes b, lanes c) { EACH c.x[i] = fmaf(a.x[i], b.x[i], c.x[i]); return c; }
            FN lanes lanes_max(lanes a, lanes b) { EACH a.x[i] = a.x[i] < b.x[i] ? b.x[i] : a.x[i]; return a; }
            FN lanes lanes_min(lanes a, lanes b) { EACH a.x[i] = b.x[i] < a.x[i] ? b.x[i] : a.x[i]; return a; }
            FN lanes lanes_sqrt(lanes a) { EACH a.x[i] = sqrtf(a.x[i]); return a; }
            FN lanes lanes_exp(lanes a) { EACH a.x[i] = a.x[i] < -87.33654f ? 0.0f : expf(a.x[i]); return a; }
            FN lanes lanes_whereLess(lanes a, lanes b, lanes c, lanes d) { EACH d.x[i] = a.x[i] < b.x[i] ? c.x[i] : d.x[i]; return d; }
            FN int lanes_anyLess(lanes a, lanes b) { int r = 0; EACH r |= a.x[i] < b.x[i]; return r; }
            FN float lanes_horizontalMax(lanes a) { float r = a.x[0]; EACH r = fmaxf(r, a.x[i]); return r; }
            FN float lanes_horizontalSum(lanes a) { float r = 0.0f; EACH r += a.x[i]; return r; }
            FN lanes lanes_load(const float *a) { lanes r; EACH r.x[i] = a[i]; return r; }
            FN lanes lanes_load(const float *a, int count) { lanes r; EACH r.x[i] = i < count ? a[i] : 0.0f; return r; }
            FN void lanes_store(float *a, lanes v) { EACH a[i] = v.x[i]; }
            FN void lanes_store(float *a, lanes v, int count) { EACH if (i < count) a[i] = v.x[i]; }
            """;

    /** Addresses of rows are given by the lanes of a warp, eight for each of four 8 × 8 matrices. */
    private static final String MMA = """
            #define BITS(x) __float_as_uint(x)
            #define LOAD(FORM) \\
              uint address = (uint) __cvta_generic_to_shared(from), r0, r1, r2, r3; \\
              asm volatile("ldmatrix.sync.aligned.m8n8.x4" FORM ".shared.b16 {%0, %1, %2, %3}, [%4];" \\
                  : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3) : "r"(address)); \\
              to[0] = __uint_as_float(r0); to[1] = __uint_as_float(r1); \\
              to[2] = __uint_as_float(r2); to[3] = __uint_as_float(r3);
            FN float mma_pack(float low, float high, int bfloat) {
              uint r;
              if (bfloat) asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
              else asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
              return __uint_as_float(r);
            }
            FN float mma_exp2(float x) {
              float r;
              asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
              return r;
            }
            FN int mma_lane() {
              int r;
              asm volatile("mov.u32 %0, %%laneid;" : "=r"(r));
              return r;
            }
            FN float mma_max(float a, float b) { return fmaxf(a, b); }
            FN int mma_any(int mine) { return __any_sync(0xffffffffu, mine); }
            FN void mma_loadA(const float *tile, int stride, float *to) {
              int lane = threadIdx.x & 31;
              const float *from = tile + (lane & 15) * stride + (lane >> 4) * 4;
              LOAD("")
            }
            FN void mma_loadColumns(const float *tile, int stride, float *to) {
              int lane = threadIdx.x & 31;
              const float *from = tile + ((lane & 7) + (lane >> 4) * 8) * stride + ((lane >> 3) & 1) * 4;
              LOAD("")
            }
            FN void mma_loadRows(const float *tile, int stride, float *to) {
              int lane = threadIdx.x & 31;
              const float *from = tile + (lane & 15) * stride + (lane >> 4) * 4;
              LOAD(".trans")
            }
            #define MULTIPLY(FORM) \\
              asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." FORM ".f32 " \\
                  "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \\
                  : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) \\
                  : "r"(BITS(a[0])), "r"(BITS(a[1])), "r"(BITS(a[2])), "r"(BITS(a[3])), "r"(BITS(b[0])), "r"(BITS(b[1])));
            FN void mma_multiply(const float *a, const float *b, float *c, int bfloat) {
              if (bfloat) { MULTIPLY("bf16.bf16") } else { MULTIPLY("f16.f16") }
            }
            FN float mma_rowMax(float x) {
              x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
              return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
            }
            FN float mma_rowSum(float x) {
              x += __shfl_xor_sync(0xffffffffu, x, 1);
              return x + __shfl_xor_sync(0xffffffffu, x, 2);
            }
            FN float mma_fromLane(float x, int lane) { return __shfl_sync(0xffffffffu, x, lane); }
            FN float mma_fromPartner(float x, int distance) { return __shfl_xor_sync(0xffffffffu, x, distance); }
            FN float mma_interleave(float low, float high, int which) {
              return __uint_as_float(__byte_perm(BITS(low), BITS(high), which ? 0x7632 : 0x5410));
            }
            FN void mma_readQuad(const float *from, float *to) {
              asm volatile("ld.global.nc.L1::no_allocate.v4.f32 {%0, %1, %2, %3}, [%4];"
                  : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3]) : "l"(__cvta_generic_to_global(from)));
            }
            FN void mma_read(const float *from, float *to) {
              float2 both = *(const float2 *) from;
              to[0] = both.x;
              to[1] = both.y;
            }
            FN void mma_write(float low, float high, float *to) { *(float2 *) to = make_float2(low, high); }
            FN void mma_copy(const float *from, float *to, int valid) {
              asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                  :: "r"((uint) __cvta_generic_to_shared(to)), "l"(__cvta_generic_to_global(from)), "r"(valid ? 16 : 0)
                  : "memory");
            }
            FN void mma_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
            template <int batches> FN void mma_await() {
              asm volatile("cp.async.wait_group %0;" :: "n"(batches) : "memory");
            }
            """;

    private static final Set<String> LONG = Set.of("sin", "cos", "tan");

    /** Long functions, which in place, for each element of an unrolled loop, would take the compiler a minute. */
    private static final String OUT_OF_LINE = """
            #define OUT_OF_LINE(T, NAME) inline __device__ __noinline__ T called_##NAME(T x) { return NAME(x); }
            OUT_OF_LINE(float, sinf)
            OUT_OF_LINE(float, cosf)
            OUT_OF_LINE(float, tanf)
            OUT_OF_LINE(double, sin)
            OUT_OF_LINE(double, cos)
            OUT_OF_LINE(double, tan)

            """;

    private static final String UNROLLED = "unrolled_count";

    CudaC(int lanes) {
        super(lanes);
        if (lanes < 1 || lanes > 16 || Integer.bitCount(lanes) != 1) {
            throw new IllegalArgumentException("lanes: expected a power of two up to 16, got " + lanes);
        }
    }

    @Override
    String prelude() {
        return """
            #define FN static __device__ __forceinline__
            #ifndef INFINITY
            #define INFINITY __int_as_float(0x7f800000)
            #define NAN __int_as_float(0x7fc00000)
            #endif
            #define uint unsigned int
            #define ulong unsigned long long
            #define unrolled_count(n) (n)
            extern __shared__ __align__(1024) char shared_memory[];

            """ + OUT_OF_LINE;
    }

    @Override
    String type(Kind kind) {
        return kind == Kind.LONG ? "long long" : kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    String type(Element element) {
        return switch (element) {
            case BYTE -> "signed char";
            case CHAR -> "unsigned short";
            case LONG -> "long long";
            default -> element.name().toLowerCase(Locale.ROOT);
        };
    }

    @Override
    String pointer(Element element, Space space, boolean readOnly) {
        return (readOnly ? "const " : "") + type(element) + " *";
    }

    @Override
    String restrict() {
        return "__restrict__ ";
    }

    @Override
    String kernelHead() {
        return "extern \"C\" __global__ void ";
    }

    @Override
    String functionHead(String returnType) {
        return "FN " + returnType + " ";
    }

    @Override
    String declare(Element element, Space space, String name, String size) {
        return "__align__(16) " + type(element) + " " + name + "[" + size + "]";
    }

    /** In the memory that a launch sets aside: arrays declared as such may not be larger than 48 KiB together. */
    @Override
    String declareShared(Element element, String name, int size, int offset) {
        return type(element) + " *" + name + " = (" + type(element) + " *) (shared_memory + " + offset + ")";
    }

    @Override
    String sharedNote(String kernel, int bytes) {
        return "// " + kernel + " shares " + bytes + " bytes\n";
    }

    @Override
    String globalId() {
        return "(int) (blockIdx.x * blockDim.x + threadIdx.x)";
    }

    @Override
    String localId() {
        return "(int) threadIdx.x";
    }

    @Override
    String groupId() {
        return "(int) blockIdx.x";
    }

    @Override
    String localSize() {
        return "(int) blockDim.x";
    }

    @Override
    String barrier() {
        return "__syncthreads()";
    }

    @Override
    Scalar unrolled(Scalar count) {
        return C.call(Kind.INT, UNROLLED, count);
    }

    @Override
    String beforeLoop(String condition) {
        return condition.contains(UNROLLED + "(") ? "#pragma unroll" : "";
    }

    @Override
    Scalar math(Kind kind, String name, Scalar... arguments) {
        String called = LONG.contains(name) ? "called_" + name : name;
        return C.call(kind, kind == Kind.FLOAT ? called + "f" : called, arguments);
    }

    @Override
    String reinterpret(Kind to) {
        return switch (to) {
            case INT -> "__float_as_int";
            case FLOAT -> "__int_as_float";
            case LONG -> "__double_as_longlong";
            case DOUBLE -> "__longlong_as_double";
            case LANES -> throw new IllegalArgumentException("reinterpret: expected a scalar kind, got lanes");
        };
    }

    @Override
    Scalar toInteger(Kind to, Scalar value) {
        return C.cast(to, type(to), value);
    }

    @Override
    Scalar lanes(Kind result, String operation, Scalar... arguments) {
        return operation.equals("zero")
                ? C.call(result, "lanes_splat", C.constant(0f))
                : C.call(result, "lanes_" + operation, arguments);
    }

    @Override
    Scalar loadLanes(Value.Array array, Scalar index, @Nullable Scalar count) {
        String at = address(array, index);
        String text = "lanes_load(" + at + (count == null ? "" : ", " + count.text()) + ")";
        return (count == null
                        ? Scalar.of(Kind.LANES, text, C.PRIMARY, index)
                        : Scalar.of(Kind.LANES, text, C.PRIMARY, index, count))
                .fromMemory();
    }

    @Override
    String storeLanes(Value.Array array, Scalar index, Scalar value, @Nullable Scalar count) {
        return "lanes_store(" + address(array, index) + ", " + value.text()
                + (count == null ? ")" : ", " + count.text() + ")");
    }

    @Override
    String lanesSupport() {
        return LANES.replace("#define", "\0")
                .replace("#", Integer.toString(lanes))
                .replace("\0", "#define");
    }

    @Override
    String mmaSupport() {
        return MMA;
    }

    @Override
    String wideMmaSupport() {
        return WideMmaC.text();
    }

    @Override
    String checkSupport() {
        return """
            FN int checked(int index, int span, int length, int line, int array, int *fault) {
              if (span <= 0 || (index >= 0 && index <= length - span)) return index;
              if (atomicCAS(fault, 0, 1) == 0) { fault[1] = line; fault[2] = array; fault[3] = index; fault[4] = length; }
              return 0;
            }
            FN void thrown(int line, int exception, int *fault) {
              if (atomicCAS(fault, 0, 2) == 0) { fault[1] = line; fault[2] = exception; }
            }
            """;
    }
}

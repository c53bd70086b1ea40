package muflex.engine.translate;

/** The functions that lifted expressions call, by name. They never trap and never read out of range. */
final class RowHelpers {
    private final Dialect dialect;

    RowHelpers(Dialect dialect) {
        this.dialect = dialect;
    }

    /** The text of a helper whose name is {@code operation_type}. */
    String text(String name) {
        int cut = name.indexOf('_');
        String operation = name.substring(0, cut);
        String type = name.substring(cut + 1);
        String template = switch (operation) {
            case "read" -> dialect instanceof CudaC ? unconditionalRead() : conditionalRead();
            case "readRow" -> conditionalRead();
            case "run", "reversedRun", "gather" -> access(operation, type);
            case "rowStart", "rowLength", "flat" -> rows(operation);
            default -> Character.isDigit(type.charAt(type.length() - 1)) ? ofVectors(operation) : ofScalars(operation);
        };
        return resolve(template.replace("NAME", name), type);
    }

    private String resolve(String template, String type) {
        String base = type.replaceAll("\\d+$", "");
        String element =
                base.equals("byte") ? dialect.type(Element.BYTE) : base.equals("long") ? dialect.type(Kind.LONG) : base;
        String plain = base.equals("byte") ? "int" : base;
        boolean vector = !type.equals(base);
        return template.replace("FN ", dialect.functionHead("").strip() + " ")
                .replace(
                        "GLOBAL ",
                        dialect.pointer(Element.INT, Space.GLOBAL, false).replace("int *", ""))
                .replace("LONG", dialect.type(Kind.LONG))
                .replace("ELEMENT", element)
                .replace("VALUE", plain)
                .replace(
                        "UNSIGNED",
                        "u" + (base.equals("long") ? "long" : "int") + (vector ? type.substring(base.length()) : ""))
                .replace("T ", (vector ? type : element) + " ")
                .replace("T)", (vector ? type : element) + ")")
                .replace("#", Integer.toString(dialect.lanes));
    }

    private static String conditionalRead() {
        return """
            FN VALUE NAME(const GLOBAL ELEMENT *a, int i, int length) { return (uint) i < (uint) length ? a[i] : 0; }
            """;
    }

    /**
     * Reads element 0 where {@code i} is out of range; an empty array's memory has room for one. Without a branch NVRTC reads
     * once what is the same for all of an item's scores, where 64 branches and reads cost ALiBi a tenth of its time.
     */
    private static String unconditionalRead() {
        return """
            FN VALUE NAME(const GLOBAL ELEMENT *a, int i, int length) {
              const int exists = (uint) i < (uint) length;
              const VALUE x = a[exists ? i : 0];
              return exists ? x : 0;
            }
            """;
    }

    private static String access(String operation, String type) {
        return switch (operation) {
            case "run" ->
                """
                FN VALUE# NAME(const GLOBAL ELEMENT *a, int at, int length) {
                  if (at >= 0 && at <= length - #) return WHOLE;
                  VALUE x[#];
                  for (int i = 0; i < #; i++) x[i] = (uint) (at + i) < (uint) length ? a[at + i] : 0;
                  return vload#(0, x);
                }
                """.replace("WHOLE", type.equals("byte") ? "convert_int#(vload#(0, a + at))" : "vload#(0, a + at)");
            case "reversedRun" -> """
                FN VALUE# NAME(const GLOBAL ELEMENT *a, int at, int length) {
                  VALUE x[#];
                  for (int i = 0; i < #; i++) x[i] = (uint) (at - i) < (uint) length ? a[at - i] : 0;
                  return vload#(0, x);
                }
                """;
            default -> """
                FN VALUE# NAME(const GLOBAL ELEMENT *a, int# at, int length) {
                  int index[#];
                  VALUE x[#];
                  vstore#(at, 0, index);
                  for (int i = 0; i < #; i++) x[i] = (uint) index[i] < (uint) length ? a[index[i]] : 0;
                  return vload#(0, x);
                }
                """;
        };
    }

    /** Rows of a float[][], kept one after the other; row r is from starts[r] to starts[r + 1]. */
    private static String rows(String operation) {
        return switch (operation) {
            case "rowStart" -> """
                FN int NAME(const GLOBAL int *starts, int row, int rows) { return (uint) row < (uint) rows ? starts[row] : 0; }
                """;
            case "rowLength" -> """
                FN int NAME(const GLOBAL int *starts, int row, int rows) {
                  return (uint) row < (uint) rows ? starts[row + 1] - starts[row] : 0;
                }
                """;
            default -> """
                FN int# NAME(const GLOBAL int *starts, int# row, int# at, int rows) {
                  int r[#], i[#];
                  vstore#(row, 0, r);
                  vstore#(at, 0, i);
                  for (int x = 0; x < #; x++)
                    i[x] = (uint) r[x] < (uint) rows && (uint) i[x] < (uint) (starts[r[x] + 1] - starts[r[x]]) ? starts[r[x]] + i[x] : -1;
                  return vload#(0, i);
                }
                """;
        };
    }

    private static String ofScalars(String operation) {
        return switch (operation) {
            case "max" -> "FN T NAME(T a, T b) { return a >= b || a != a ? a : b; }\n";
            case "min" -> "FN T NAME(T a, T b) { return a <= b || a != a ? a : b; }\n";
            case "abs" -> "FN T NAME(T a) { return a < 0 ? (T) (0 - (UNSIGNED) a) : a; }\n";
            case "signum" -> "FN T NAME(T a) { return a > 0 ? 1 : a < 0 ? -1 : a; }\n";
            case "clamp" -> "FN T NAME(LONG a, T b, T c) { return (T) (a < b ? b : a > c ? c : a); }\n";
            // Without branches around the division: in unrolled loops NVRTC takes minutes for what it makes of them.
            case "div" -> """
                FN T NAME(T a, T b) {
                  T q = a / (b == 0 || b == -1 ? 1 : b);
                  return b == 0 ? 0 : b == -1 ? (T) (0 - (UNSIGNED) a) : q;
                }
                """;
            case "rem" -> "FN T NAME(T a, T b) { return a % (b == 0 || b == -1 ? 1 : b); }\n";
            case "floorDiv" -> """
                FN T NAME(T a, T b) {
                  T d = b == 0 || b == -1 ? 1 : b, q = a / d;
                  q -= a - q * d != 0 && (a ^ d) < 0 ? 1 : 0;
                  return b == 0 ? 0 : b == -1 ? (T) (0 - (UNSIGNED) a) : q;
                }
                """;
            case "floorMod" -> """
                FN T NAME(T a, T b) {
                  T d = b == 0 || b == -1 ? 1 : b, r = a % d;
                  return r != 0 && (r ^ d) < 0 ? r + d : r;
                }
                """;
            default -> throw new IllegalArgumentException("helper: expected a known one, got " + operation);
        };
    }

    private static String ofVectors(String operation) {
        return switch (operation) {
            case "max" -> "FN T NAME(T a, T b) { return select(b, a, a >= b || a != a); }\n";
            case "min" -> "FN T NAME(T a, T b) { return select(b, a, a <= b || a != a); }\n";
            case "abs" -> "FN T NAME(T a) { return select(a, (T) 0 - a, a < 0); }\n";
            case "signum" -> "FN T NAME(T a) { return select(select(a, (T) -1, a < 0), (T) 1, a > 0); }\n";
            case "div" -> """
                FN T NAME(T a, T b) {
                  T q = a / select(b, (T) 1, b == 0 || b == -1);
                  return select(select(q, (T) 0 - a, b == -1), (T) 0, b == 0);
                }
                """;
            case "rem" ->
                "FN T NAME(T a, T b) { return select(a % select(b, (T) 1, b == 0 || b == -1), (T) 0, b == 0); }\n";
            case "floorDiv" -> """
                FN T NAME(T a, T b) {
                  T d = select(b, (T) 1, b == 0 || b == -1), q = a / d;
                  q += (a - q * d != 0) & ((a ^ d) < 0);
                  return select(select(q, (T) 0 - a, b == -1), (T) 0, b == 0);
                }
                """;
            case "floorMod" -> """
                FN T NAME(T a, T b) {
                  T d = select(b, (T) 1, b == 0 || b == -1), r = a % d;
                  return r + (d & (r != 0 & (r ^ d) < 0));
                }
                """;
            // Whole range: 2ⁿ in two factors, so that results near the largest float are not lost.
            case "exp" -> """
                FN T NAME(T x) {
                  T y = clamp(x, -104.0f, 89.0f), n = rint(y * 1.442695f), f = fma(y, (T) 1.442695f, -n);
                  f = fma(y, (T) 1.925963e-8f, f);
                  T p = fma(f, (T) 0.0013264729f, (T) 0.009671513f);
                  p = fma(p, f, (T) 0.055507336f);
                  p = fma(p, f, (T) 0.24022242f);
                  p = fma(p, f, (T) 0.693147f);
                  p = fma(p, f, (T) 1.0f);
                  int# m = convert_int#(n), h = m >> 1;
                  p = p * as_float#((h + 127) << 23) * as_float#((m - h + 127) << 23);
                  return select(p, x, x != x);
                }
                """;
            // Near 0 by its odd polynomial, where 1 − 2 / (e²ˣ + 1) loses digits.
            case "tanh" -> """
                FN T NAME(T x) {
                  T y = clamp(fabs(x) * 2.0f, 0.0f, 20.0f), n = rint(y * 1.442695f), f = fma(y, (T) 1.442695f, -n);
                  T p = fma(f, (T) 0.0013264729f, (T) 0.009671513f);
                  p = fma(p, f, (T) 0.055507336f);
                  p = fma(p, f, (T) 0.24022242f);
                  p = fma(p, f, (T) 0.693147f);
                  p = fma(p, f, (T) 1.0f);
                  p = as_float#(as_int#(p) + (convert_int#(n) << 23));
                  T large = 1.0f - 2.0f / (p + 1.0f), s = x * x;
                  T small = fma(fma(fma(fma(s, (T) 0.02186949f, (T) -0.05396825f), s, (T) 0.13333333f), s, (T) -0.33333334f) * s, fabs(x), fabs(x));
                  T r = copysign(select(large, small, fabs(x) < 0.35f), x);
                  return select(r, x, x != x);
                }
                """;
            default -> throw new IllegalArgumentException("helper: expected a known one, got " + operation);
        };
    }
}


// Test.add, line 1
static inline void add_body(const global float *restrict x, global float *restrict y, float by) {
  y[get_global_id(0)] = x[get_global_id(0)] + unknown;
}


kernel void add(global long *tornado_context, constant uchar *tornado_constants, local uchar *tornado_locals, global int *tornado_atomics, const global float *x, global float *y, float by) {
  add_body((const global float *) ((const global uchar *) x + 16), (global float *) ((global uchar *) y + 16), by);
}

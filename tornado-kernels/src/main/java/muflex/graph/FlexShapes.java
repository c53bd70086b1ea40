package muflex.graph;

import muflex.attention.AttentionShape;

/** The shapes of q, k and v, checked against each other. */
final class FlexShapes {

    private FlexShapes() {}

    static void check(Tensor q, Tensor k, Tensor v) {
        for (Tensor tensor : new Tensor[] {q, k, v}) {
            Checks.floats("attention q, k, v", tensor);
            Checks.rank("attention q, k, v", tensor, 4, "[batch, heads, seq, dim]");
        }
        Shape query = q.shape();
        Shape key = k.shape();
        Shape value = v.shape();
        Checks.that(
                query.size(0) == key.size(0) && query.size(3) == key.size(3),
                "attention k: expected batch %s and head dim %s as in q = %s, got %s; project both to one head dim",
                query.size(0),
                query.size(3),
                q,
                k);
        Checks.that(
                key.size(0) == value.size(0) && key.size(1) == value.size(1) && key.size(2) == value.size(2),
                "attention v: expected batch, heads and seq as in k = %s, got %s; build k and v from the same rows",
                k,
                v);
        Checks.that(
                query.size(1) % key.size(1) == 0,
                "attention q: expected heads that are a multiple of the %s key heads, got %s; change one of them",
                key.size(1),
                q);
    }

    static AttentionShape of(Tensor q, Tensor k, Tensor v) {
        Shape query = q.shape();
        Shape key = k.shape();
        return new AttentionShape(
                query.size(0),
                query.size(1),
                key.size(1),
                query.size(2),
                key.size(2),
                query.size(3),
                v.shape().size(3));
    }
}

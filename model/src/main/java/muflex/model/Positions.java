package muflex.model;

/** How attention knows where a token stands. */
public enum Positions {
    /** Rotary embedding of query and key (Su et al. 2021, arXiv:2104.09864). */
    ROPE,
    /** A bias linear in distance, one slope a head, as a score mod (Press et al. 2021, arXiv:2108.12409). */
    ALIBI,
    /** Not at all: the variant's own score mod may. */
    NONE
}

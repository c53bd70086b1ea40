/**
 * A cache of keys and values in pages, as vLLM has it (Kwon et al. 2023, arXiv:2309.06180): who has which page, and what is stored
 * in them. Plain data; attention over it is {@code muflex.PagedAttention}. Nothing of engines or kernels belongs here.
 */
@NullMarked
package muflex.paging;

import org.jspecify.annotations.NullMarked;

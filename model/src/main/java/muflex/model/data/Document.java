package muflex.model.data;

/**
 * One file of a corpus.
 *
 * @param name its path within the corpus, with forward slashes
 * @param bytes its contents, not copied
 */
public record Document(String name, byte[] bytes) {}

package muflex.engine.translate;

/** Where an array lives: in the device's memory, shared by a work group, or in one work item. */
enum Space {
    GLOBAL('g'),
    LOCAL('l'),
    PRIVATE('p');

    private final char letter;

    Space(char letter) {
        this.letter = letter;
    }

    /** One letter, for the names of functions specialised by space. */
    char letter() {
        return letter;
    }
}

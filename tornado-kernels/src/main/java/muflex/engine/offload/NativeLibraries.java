package muflex.engine.offload;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/** Shared libraries of drivers. */
public final class NativeLibraries {

    private NativeLibraries() {}

    /**
     * Whether the library of that file name is there. Asked before LWJGL is loaded, which takes longer than all the rest on
     * a machine without a driver.
     */
    @SuppressWarnings("restricted") // the flag is on in every script, and LWJGL needs it anyway
    public static boolean loads(String library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

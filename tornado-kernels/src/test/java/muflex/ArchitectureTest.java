package muflex;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** Packages depend one way: muflex → engine → graph, kernels → attention → expr. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("muflex");

    @Test
    void exprDependsOnNoOtherPackage() {
        check(onlyDependsOn("muflex.expr"));
    }

    @Test
    void attentionDependsOnExprOnly() {
        check(onlyDependsOn("muflex.attention", "muflex.expr"));
    }

    @Test
    void pagingDependsOnAttentionOnly() {
        check(onlyDependsOn("muflex.paging", "muflex.attention"));
    }

    @Test
    void kernelsDependOnTheirDialectOnly() {
        check(onlyDependsOn("muflex.kernels"));
    }

    @Test
    void graphDependsOnAttentionAndExprOnly() {
        check(onlyDependsOn("muflex.graph", "muflex.attention", "muflex.expr"));
    }

    @Test
    void engineApiKnowsNoEngine() {
        check(noClasses()
                .that()
                .resideInAPackage("muflex.engine")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("muflex.engine.*.."));
    }

    @Test
    void nothingBelowTheFrontDoorDependsOnIt() {
        check(noClasses()
                .that()
                .resideInAPackage("muflex.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("muflex"));
    }

    @Test
    void frontDoorKnowsNoEngine() {
        check(noClasses()
                .that()
                .resideInAPackage("muflex")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("muflex.engine.*.."));
    }

    @Test
    void enginesNeverDependOnOneAnother() {
        // What engines with a device of their own share is no engine.
        check(slices().matching("muflex.engine.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(
                        alwaysTrue(),
                        resideInAnyPackage(
                                "muflex.engine.translate",
                                "muflex.engine.offload",
                                "muflex.engine.lowering",
                                "muflex.engine.nvrtc")));
    }

    @Test
    void translatorKnowsNoDevice() {
        check(noClasses()
                .that()
                .resideInAPackage("muflex.engine.translate")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "muflex.engine.offload",
                        "muflex.engine.opencl",
                        "muflex.engine.cuda",
                        "muflex.engine.nvrtc",
                        "org.lwjgl.."));
    }

    @Test
    void onlyBindingsKnowTheDriver() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("muflex.engine.opencl", "muflex.engine.cuda", "muflex.engine.nvrtc")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.lwjgl.."));
    }

    @Test
    void onlyItsEngineKnowsTornadoVm() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("muflex.engine.tornado")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("muflex.engine.tornado", "uk.ac.manchester.tornado.."));
    }

    /** Classes of {@code from} (and below) use, of this project, only themselves and {@code allowed}. */
    private static ArchRule onlyDependsOn(String from, String... allowed) {
        String[] inside = new String[allowed.length + 1];
        inside[0] = from + "..";
        for (int i = 0; i < allowed.length; i++) {
            inside[i + 1] = allowed[i] + "..";
        }
        return classes()
                .that()
                .resideInAPackage(from + "..")
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("muflex..")).or(resideInAnyPackage(inside)));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}

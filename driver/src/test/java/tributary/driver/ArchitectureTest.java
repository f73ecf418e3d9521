package tributary.driver;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

@AnalyzeClasses(
    packages = "tributary",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  @ArchTest
  static final ArchRule modulesDependOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("datasets")
          .definedBy("tributary.datasets..")
          .layer("worker")
          .definedBy("tributary.worker..")
          .layer("driver")
          .definedBy("tributary.driver..")
          .whereLayer("datasets")
          .mayNotAccessAnyLayer()
          .whereLayer("worker")
          .mayOnlyAccessLayers("datasets")
          .whereLayer("driver")
          .mayOnlyAccessLayers("datasets", "worker");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().assignedFrom(new EachPackage()).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule sparkStaysInTheDriverAndItsDoorToExecutors =
      noClasses()
          .that()
          .resideOutsideOfPackages("tributary.driver..", "tributary.worker.executor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark..");

  @ArchTest
  static final ArchRule dl4jStaysInTheModelAndTheEngines =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "tributary.driver.dl4j..",
              "tributary.worker.bench..",
              "tributary.worker.model..",
              "tributary.worker.engine.nd4j..",
              "tributary.worker.engine.torch..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.deeplearning4j..", "org.nd4j..");

  @ArchTest
  static final ArchRule picocliStaysInTheCommands =
      noClasses()
          .that()
          .resideOutsideOfPackage("tributary.driver.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule loopKnowsNeitherSparkNorFiles =
      classes()
          .that()
          .haveFullyQualifiedName("tributary.driver.round.RoundLoop")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java.lang..", "java.util..", "tributary.driver.round", "tributary.worker..");

  @ArchTest
  static final ArchRule filesAreNeverTurnedIntoObjects =
      noClasses().should().dependOnClassesThat().areAssignableTo(java.io.ObjectInputStream.class);

  /** A slice for every package. */
  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "every package";
    }
  }

  /** The other modules' tests come as folders or, once they are packed, as jars. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  /** The other rules would hold for no classes at all, or for the wrong ones. */
  @ArchTest
  static void allModulesAreLookedAtAndNoTests(JavaClasses classes) {
    assertThat(classes.stream().map(type -> type.getName()))
        .contains(
            "tributary.datasets.Storage",
            "tributary.worker.model.Network",
            "tributary.worker.engine.nd4j.Nd4jEngine",
            "tributary.driver.round.RoundLoop",
            "tributary.driver.cli.Main")
        .noneMatch(name -> name.endsWith("Test") || name.contains(".testing."));
  }
}

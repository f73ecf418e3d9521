package tributary.driver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

class JobJarIT {
  private final Set<String> entries = entries(Installation.jar());

  JobJarIT() throws IOException {}

  @Test
  void holdsNoClassThatSparkBrings() throws IOException {
    Set<String> twice = new TreeSet<>();
    for (Path jar : sparkJars()) {
      entries(jar).stream().filter(entries::contains).forEach(twice::add);
    }

    assertThat(twice).noneMatch(name -> name.endsWith(".class"));
    assertThat(entries).noneMatch(name -> name.matches("org/(slf4j|apache/logging)/.*"));
  }

  @Test
  void bringsWhatNotEverySparkHas() {
    assertThat(entries)
        .contains(
            "org/yaml/snakeyaml/Yaml.class",
            "com/fasterxml/jackson/dataformat/yaml/YAMLFactory.class",
            "META-INF/services/org.nd4j.linalg.factory.Nd4jBackend",
            "META-INF/LICENSE");
  }

  @Test
  void bringsNativeLibrariesOfOnePlatform() {
    assertThat(entries)
        .anyMatch(name -> name.endsWith("linux-x86_64/libjniopencv_core.so"))
        .anyMatch(name -> name.endsWith("linux-x86_64/libnd4jcpu.so"))
        .noneMatch(name -> name.matches(".*\\.(dll|dylib|jnilib)"));
  }

  @Test
  void bringsTheConfigurationsOfTheRepository() throws IOException {
    try (Stream<Path> files = Files.walk(Installation.root().resolve("conf"))) {
      List<String> expected =
          files
              .filter(file -> file.toString().endsWith(".yaml"))
              .map(file -> "tributary/" + Installation.root().relativize(file))
              .toList();
      assertThat(entries).containsAll(expected);
    }
  }

  @Test
  void isNotSigned() {
    assertThat(entries).noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"));
  }

  @Test
  void sparkHomeHoldsSparkAlone() throws IOException {
    assertThat(sparkJars())
        .extracting(jar -> jar.getFileName().toString())
        .contains(
            "slf4j-api-2.0.7.jar",
            "scala-library-2.12.18.jar",
            "jackson-databind-2.15.2.jar",
            "log4j-slf4j2-impl-2.20.0.jar",
            "hadoop-client-runtime-3.3.4.jar")
        .noneMatch(name -> name.matches("(tributary|nd4j|deeplearning4j|javacpp|opencv).*"))
        .filteredOn(name -> name.matches("(slf4j-api|scala-library|jackson-core)-.*"))
        .hasSize(3);
  }

  private static List<Path> sparkJars() throws IOException {
    try (Stream<Path> files = Files.list(Installation.sparkHome().resolve("jars"))) {
      return files.toList();
    }
  }

  private static Set<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Collection<String> names =
          file.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
      return new TreeSet<>(names);
    }
  }
}

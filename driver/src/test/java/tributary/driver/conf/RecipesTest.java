package tributary.driver.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecipesTest {
  private static final Path CONF = Path.of("").toAbsolutePath().resolveSibling("conf");

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeIsValidAndStatesOnlyWhatDiffersFromTheDefaults(Path recipe) throws IOException {
    Map<String, Scalar> defaults = read(CONF.resolve("tributary.yaml"));
    Map<String, Scalar> stated = read(recipe);

    Settings.of(List.of(source(recipe)), List.of());

    assertThat(stated).isNotEmpty();
    stated.forEach(
        (path, scalar) -> {
          ValueType type = Key.of(path).orElseThrow().type();
          assertThat(type.parse(scalar)).as(path).isNotEqualTo(type.parse(defaults.get(path)));
        });
  }

  static List<Path> recipes() throws IOException {
    try (Stream<Path> files = Files.list(CONF.resolve("recipes"))) {
      return files.sorted().toList();
    }
  }

  private static Map<String, Scalar> read(Path file) throws IOException {
    List<String> problems = new ArrayList<>();
    Map<String, Scalar> scalars =
        SettingsFile.read(source(file).text(), source(file).name(), problems);
    assertThat(problems).isEmpty();
    return scalars;
  }

  private static Settings.Source source(Path file) throws IOException {
    return new Settings.Source(Files.readString(file), file.getFileName().toString());
  }
}

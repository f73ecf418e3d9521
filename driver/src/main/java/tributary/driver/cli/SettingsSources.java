package tributary.driver.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** The options that name a file of settings and override single ones. */
class SettingsSources {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      description = "YAML file with what differs from the defaults; or the name of a recipe.")
  private String file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides one setting; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  /**
   * The effective settings.
   *
   * @param base files that come before the user's, such as a resumed run's
   * @param more overrides, {@code key=value} each
   */
  final Settings settings(List<Settings.Source> base, List<String> more) throws IOException {
    List<Settings.Source> files = new ArrayList<>(base);
    if (file != null) {
      files.add(source());
    }
    List<String> all = new ArrayList<>(overrides);
    all.addAll(more);
    return Settings.of(files, all);
  }

  /** Whether the user gave any. */
  final boolean areGiven() {
    return file != null || !overrides.isEmpty();
  }

  /** A name for runs: the recipe's, the model's, or the dataset's. */
  final String runName(Settings settings) {
    if (file == null) {
      return settings.isAuto(Key.MODEL_NAME) ? dataName(settings) : settings.text(Key.MODEL_NAME);
    }
    String name = Path.of(file).getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private static String dataName(Settings settings) {
    Path name = Path.of(settings.text(Key.DATA_PATH)).getFileName();
    return name == null || name.toString().isEmpty() ? "run" : name.toString();
  }

  private Settings.Source source() throws IOException {
    try {
      return new Settings.Source(Files.readString(Path.of(file), StandardCharsets.UTF_8), file);
    } catch (NoSuchFileException e) {
      return recipe();
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(List.of("--conf " + file + ": not UTF-8"));
    } catch (IOException e) {
      throw new ConfigurationException(
          List.of("--conf " + file + ": can't be read: " + e.getMessage()));
    }
  }

  /** The recipes travel in the job jar, for users who have nothing else. */
  private Settings.Source recipe() throws IOException {
    String resource = "/tributary/conf/recipes/" + file + ".yaml";
    try (InputStream in = SettingsSources.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new ConfigurationException(
            List.of("--conf " + file + ": no such file, and no recipe of that name"));
      }
      return new Settings.Source(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), "recipe " + file);
    }
  }
}

package tributary.driver.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Option;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** The options that make settings. */
final class SettingsOptions extends SettingsSources {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The packed dataset; the same as --set data.path=DIR. train and evaluate also take a folder"
              + " of images, with a folder for each class.")
  private String data;

  /**
   * The effective settings.
   *
   * @param base files that come before the user's, such as a resumed run's
   */
  Settings settings(List<Settings.Source> base) throws IOException {
    return settings(base, data == null ? List.of() : List.of(Key.DATA_PATH.path() + "=" + data));
  }
}

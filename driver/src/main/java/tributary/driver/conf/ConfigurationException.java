package tributary.driver.conf;

import java.util.List;

/** Settings that can't be used: all their problems at once, each with its place. */
public final class ConfigurationException extends RuntimeException {
  /**
   * A refusal.
   *
   * @param problems one line each
   */
  public ConfigurationException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }
}

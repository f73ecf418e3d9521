package tributary.driver.conf;

/**
 * One value as it was written.
 *
 * @param text the value's characters, without quotes
 * @param quoted whether it stood in quotes, which makes it text
 * @param place where it was written, such as {@code my.yaml:12} or {@code --set}
 */
record Scalar(String text, boolean quoted, String place) {}

package tributary.driver.cli;

import java.util.List;
import tributary.datasets.Checks;
import tributary.worker.train.Evaluation;

/** A confusion matrix as text: a row per true class, a column per predicted one. */
final class ConfusionTable {
  /** More columns than this do not fit a terminal. */
  static final int MOST_CLASSES = 20;

  private ConfusionTable() {}

  static String of(Evaluation evaluation, List<String> classes) {
    int width = classes.stream().mapToInt(String::length).max().orElse(0);
    StringBuilder table = new StringBuilder("true class \\ predicted, recall");
    long[][] confusion = evaluation.confusion();
    for (int i = 0; i < confusion.length; i++) {
      long total = 0;
      table.append(Checks.format("%n%-" + width + "s", classes.get(i)));
      for (long count : confusion[i]) {
        table.append(Checks.format(" %6d", count));
        total += count;
      }
      table.append(
          total == 0 ? "       -" : Checks.format("  %.3f", (double) confusion[i][i] / total));
    }
    return table.toString();
  }
}

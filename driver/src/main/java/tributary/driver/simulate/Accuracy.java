package tributary.driver.simulate;

/**
 * What a cell's run came to on the evaluation split.
 *
 * @param cell whose run it was
 * @param rounds of all epochs; 0 if the run diverged
 * @param top1 accuracy in {@code 0..1}; NaN if the run diverged
 * @param lossNats mean loss of an example; NaN if the run diverged
 * @param seconds wall time of training on this machine
 */
public record Accuracy(Cell cell, int rounds, double top1, double lossNats, double seconds) {
  static Accuracy diverged(Cell cell, double seconds) {
    return new Accuracy(cell, 0, Double.NaN, Double.NaN, seconds);
  }

  /** Whether the run left the finite numbers. */
  public boolean isDiverged() {
    return Double.isNaN(top1);
  }
}

package tributary.driver.conf;

import tributary.worker.train.Evaluation;

/** What evaluations are compared by; less of a loss is better. */
public enum Measure {
  /** Share of the examples whose likeliest class is the true one. */
  ACCURACY,
  /** Mean negative log-likelihood of the true class, in nats. */
  LOSS;

  /** The measured value. */
  public double of(Evaluation evaluation) {
    return this == ACCURACY ? evaluation.top1Accuracy() : evaluation.meanLossNats();
  }

  /** By how much a value is better than another; negative if it is worse. */
  public double gain(double from, double to) {
    return this == ACCURACY ? to - from : from - to;
  }
}

package tributary.driver.exchange;

/**
 * What the wall time of an exchange went to, in seconds; the parts add up to it. What tasks did
 * side by side counts once.
 *
 * @param publish the driver offers the vectors
 * @param gather executors fetch and decode them
 * @param work the replicas' own
 * @param serialise slices are written to the shuffle
 * @param shuffle reducing tasks read them
 * @param sum they average
 * @param collect the driver fetches the means
 * @param idle tasks are launched, and slots wait for the slowest
 */
public record ExchangeTimes(
    double publish,
    double gather,
    double work,
    double serialise,
    double shuffle,
    double sum,
    double collect,
    double idle) {
  /** Times of nothing but work. */
  public static ExchangeTimes ofWork(double seconds) {
    return new ExchangeTimes(0, 0, seconds, 0, 0, 0, 0, 0);
  }

  /** The wall time. */
  public double seconds() {
    return publish + gather + work + serialise + shuffle + sum + collect + idle;
  }

  /** All that is not the replicas' own work. */
  public double overhead() {
    return seconds() - work;
  }
}

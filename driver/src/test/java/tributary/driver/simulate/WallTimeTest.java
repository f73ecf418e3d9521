package tributary.driver.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Seeds;
import tributary.driver.round.RoundCost;
import tributary.worker.train.RoundSettings;

class WallTimeTest {
  private static final int MILLION = 1 << 20;
  private static final double EXACTLY = 1e-9;

  /** Four slices of 4 MiB. */
  private static final Vectors FOUR = Vectors.of(4 * MILLION);

  private static final Link FREE = new Link(Double.POSITIVE_INFINITY, 0);

  @Test
  void oneReplicaHasNoCluster() {
    Prediction one = wallTime(new Link(1, 1), FOUR).epoch(settings(1, 10));

    assertThat(one.clusterSeconds()).isZero();
    assertThat(one.efficiency()).isCloseTo(1, within(EXACTLY));
    assertThat(one.rounds()).isEqualTo(100);
    assertThat(one.seconds()).isCloseTo(1000 * 0.5 + 100 * 0.25, within(EXACTLY));
  }

  @Test
  void withoutNetworkAndLaunchingAnEpochIsDividedEvenly() {
    WallTime wallTime = new WallTime(new RoundCost(0.25, 0.5), 0, FREE, FOUR, FOUR);

    Prediction ten = wallTime.epoch(settings(10, 10));

    assertThat(ten.seconds()).isCloseTo((1000 * 0.5 + 100 * 0.25) / 10, within(EXACTLY));
    assertThat(ten.efficiency()).isCloseTo(1, within(EXACTLY));
  }

  @Test
  void aClusterOfAsManyAsSlicesMovesAStateThreeTimesLessItsOwnShares() {
    double bytes = FOUR.bytes();
    assertThat(transfer(4, FOUR, Vectors.NONE))
        .as("shuffle and gather of 3/4 each, and collect")
        .isCloseTo(bytes * (3.0 / 4 + 1 + 3.0 / 4), within(1.0));
    assertThat(transfer(4, FOUR, FOUR))
        .as("published instead of gathered: every slice by the driver, three more from peers")
        .isCloseTo(bytes * (3.0 / 4 + 1 + 7.0 / 4), within(1.0));
  }

  @Test
  void whereSlicesAreFewTheirExecutorGetsThemFromEverybody() {
    Vectors one = Vectors.of(MILLION);
    assertThat(transfer(100, one, Vectors.NONE))
        .isCloseTo(one.bytes() * (99.0 + 1 + 99), within(1.0));
  }

  @Test
  void latencyAndLaunchingAddUp() {
    WallTime slow = new WallTime(new RoundCost(0, 1), 0.001, new Link(1e300, 0.01), FOUR, FOUR);
    assertThat(slow.clusterSeconds(8)).isCloseTo((20 + 6 * 2) * 0.01 + 10 * 0.001, within(EXACTLY));
  }

  @Test
  void moreMachinesAreNeverMoreEfficientAndAFasterNetworkIsNeverSlower() {
    SplittableRandom random = Seeds.random(3);
    for (int trial = 0; trial < 300; trial++) {
      Vectors averaged = Vectors.of(1 + random.nextInt(100 * MILLION));
      Vectors published = random.nextBoolean() ? averaged : Vectors.NONE;
      RoundCost cost = new RoundCost(random.nextDouble(), 0.001 + random.nextDouble());
      double bandwidth = 1e6 + 1e10 * random.nextDouble();
      double latency = 0.01 * random.nextDouble();
      int localSteps = 1 + random.nextInt(100);
      double before = 1 + EXACTLY;
      for (int replicas = 1; replicas <= Scaling.MOST_REPLICAS; replicas *= 2) {
        RoundSettings settings = new RoundSettings(replicas, localSteps, 32, 1, 50_000, 1);
        Prediction slower =
            new WallTime(cost, 0.001, new Link(bandwidth, latency), averaged, published)
                .epoch(settings);
        Prediction faster =
            new WallTime(cost, 0.001, new Link(2 * bandwidth, latency / 2), averaged, published)
                .epoch(settings);
        assertThat(slower.efficiency()).isPositive().isLessThanOrEqualTo(before);
        assertThat(faster.seconds()).isLessThanOrEqualTo(slower.seconds());
        assertThat(slower.stepSeconds() + slower.roundSeconds() + slower.clusterSeconds())
            .isCloseTo(slower.seconds(), within(1e-6));
        before = slower.efficiency() + EXACTLY;
      }
    }
  }

  @Test
  void moreLocalStepsMakeFewerRoundsAndNoMoreTime() {
    WallTime wallTime = wallTime(new Link(1e6, 0.001), FOUR);
    double before = Double.POSITIVE_INFINITY;
    for (int localSteps : new int[] {1, 2, 10, 100, 1000}) {
      double seconds = wallTime.epoch(settings(4, localSteps)).seconds();
      assertThat(seconds).isLessThan(before);
      before = seconds;
    }
  }

  @ParameterizedTest
  @CsvSource({"8bit, 1", "10Gbit, 1.25e9", "2.5Gbit/s, 312.5e6", "100Mbit, 12.5e6", "1Tbit, 125e9"})
  void bandwidthIsReadAsNetworkPeopleWriteIt(String bandwidth, double bytesPerSecond) {
    assertThat(Link.of(bandwidth, 0).bytesPerSecond()).isCloseTo(bytesPerSecond, within(EXACTLY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "10GB", "-1Gbit", "Gbit", "1e9bit", "10 Gbit"})
  void otherBandwidthsAreRefused(String bandwidth) {
    assertThatThrownBy(() -> Link.of(bandwidth, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "bandwidth: expected bits a second such as 10Gbit or 100Mbit, found " + bandwidth);
  }

  @Test
  void rangesAreHeld() {
    assertThatThrownBy(() -> Link.of("0bit", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bandwidth must be > 0, got 0.0 bytes/s");
    assertThatThrownBy(() -> Link.of("1bit", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("latency must be >= 0 seconds, got -1.0");
  }

  /** Bytes a round through the narrowest ports. */
  private static double transfer(int replicas, Vectors averaged, Vectors published) {
    return new WallTime(new RoundCost(0, 1), 0, new Link(1, 0), averaged, published)
        .clusterSeconds(replicas);
  }

  private static WallTime wallTime(Link link, Vectors averaged) {
    return new WallTime(new RoundCost(0.25, 0.5), 0.001, link, averaged, Vectors.NONE);
  }

  /** A thousand steps for one replica. */
  private static RoundSettings settings(int replicas, int localSteps) {
    return new RoundSettings(replicas, localSteps, 10, 1, 10_000, 1);
  }
}

package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import tributary.driver.exchange.Message.Raw;

/** How one vector of all replicas becomes their mean, slice by slice. Sent. */
sealed interface Averaging extends Serializable permits FullAveraging, DeltaAveraging {
  /** Where the mean will be. */
  SharedVector mean();

  /**
   * What a replica sends of a slice.
   *
   * @param start the whole vector that the replica began with
   * @param end the whole vector that it ended with
   */
  Content outgoing(int slice, float[] start, float[] end);

  /**
   * Averages a slice.
   *
   * @param blocks what the replicas that count have sent, in any order
   */
  SliceMean average(int slice, List<Raw> blocks) throws IOException;

  /** Keeps the mean of a slice in this process for all to fetch. */
  void put(int slice, SliceMean bytes);
}

package tributary.worker.model;

import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that training changes: what a replica starts a round from and ends it with.
 *
 * @param parameters all parameters in DL4J's flat layout, batch-normalisation statistics included
 * @param optimizer the updaters' state in DL4J's flat layout (moments and the like); empty when the
 *     updaters keep none
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared, copied only where it crosses
public record ModelState(float[] parameters, float[] optimizer) implements Serializable {
  /** Refuses missing arrays. */
  public ModelState {
    Objects.requireNonNull(parameters, "parameters");
    Objects.requireNonNull(optimizer, "optimizer");
  }
}

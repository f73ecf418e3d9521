package tributary.worker.model;

import java.util.Objects;

/**
 * A network with parameters that somebody has trained.
 *
 * @param model the network
 * @param parameters all of them, finite, in DL4J's flat layout
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data; never compared
public record Pretrained(ModelConfiguration model, float[] parameters) {
  /** Refuses missing parts. */
  public Pretrained {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(parameters, "parameters");
  }
}

package tributary.driver.run;

import java.util.Objects;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.Pretrained;

/**
 * A network before its first round.
 *
 * @param model the network
 * @param state its parameters, and an optimizer state that has seen no step
 */
public record InitialModel(ModelConfiguration model, ModelState state) {
  /** Refuses missing parts. */
  public InitialModel {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(state, "state");
  }

  /** A network with the parameters that DL4J draws from its seed. */
  public static InitialModel of(ModelConfiguration model) {
    return new InitialModel(model, Network.initialState(model));
  }

  static InitialModel of(Pretrained trained) {
    return new InitialModel(
        trained.model(),
        new ModelState(trained.parameters(), Network.initialState(trained.model()).optimizer()));
  }
}

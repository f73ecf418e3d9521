package tributary.datasets.minibatch;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.LabelledExample;

/**
 * What an example of a minibatch was before it became features.
 *
 * @param number global in the split, in manifest order
 * @param key the name that it had where it was packed from, such as {@code cat/17.jpg}; else its
 *     key in the shard
 * @param label its class as its shard says, or -1 if it has none
 * @param size of its picture, upright; null if it has none that can be used
 */
public record Origin(long number, String key, int label, Images.Size size) {
  /** Refuses a missing key. */
  public Origin {
    Objects.requireNonNull(key, "key");
  }

  static Origin of(LabelledExample example, Images.Size size) {
    byte[] name = example.example().fields().get(Example.NAME_FIELD);
    String key = name == null ? example.example().key() : new String(name, StandardCharsets.UTF_8);
    return new Origin(example.number(), key, example.label(), size);
  }
}

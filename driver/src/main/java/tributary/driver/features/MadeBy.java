package tributary.driver.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;
import tributary.worker.features.FeatureSettings;

/**
 * What the vectors of a table follow from: the same gives the same bits, and a table holds those of
 * one alone.
 *
 * @param dataset SHA-256 of the dataset's manifest
 * @param network SHA-256 of the model's configuration
 * @param parameters SHA-256 of the model's parameters
 * @param input what becomes of examples before the network sees them
 * @param engine what computes
 * @param features layers, pooling and norm
 * @param version of the format
 */
record MadeBy(
    String dataset,
    String network,
    String parameters,
    String input,
    String engine,
    FeatureSettings features,
    int version) {
  static final int VERSION = 1;

  private static final JsonMapper JSON = new JsonMapper();

  /** 64 hexadecimal digits. */
  String digest() {
    try {
      return Sha256.hexOf(JSON.writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
  }

  /** What of another table is not as here, in words; empty if nothing. */
  List<String> differences(MadeBy other) {
    Map<?, ?> mine = JSON.convertValue(this, Map.class);
    Map<?, ?> others = JSON.convertValue(other, Map.class);
    List<String> differences = new ArrayList<>();
    mine.forEach(
        (field, value) -> {
          if (!value.equals(others.get(field))) {
            differences.add(Checks.format("%s: %s there, %s now", field, others.get(field), value));
          }
        });
    return differences;
  }
}

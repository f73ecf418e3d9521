package tributary.worker.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tributary.worker.model.ModelConfiguration.Kind;

/**
 * The gate before DL4J's own JSON parser, which instantiates any class a file names. Every class
 * name must belong to DL4J or ND4J, or be that of one of our schedules; anything else is refused
 * before a class is looked for.
 */
final class ModelJson {
  /** As strict as can be: DL4J's parser must not see another document in the same text. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final List<String> ALLOWED = List.of("org.deeplearning4j.nn.", "org.nd4j.linalg.");
  private static final Set<String> OURS =
      Set.of(AnnealingSchedule.class.getName(), WarmupSchedule.class.getName());
  private static final List<String> TYPE_FIELDS = List.of("@class", "@type");

  private ModelJson() {}

  /** The configuration that {@code json} holds, as text that this parser wrote itself. */
  static ModelConfiguration read(String json, String origin) {
    JsonNode root = parse(json, origin);
    var foreign = new TreeSet<String>();
    collectForeignClasses(root, foreign);
    if (!foreign.isEmpty()) {
      throw new ModelException(
          "Refused the model configuration "
              + origin
              + ": it names classes that are not DL4J's: "
              + foreign
              + "; allowed are names that start with "
              + ALLOWED);
    }
    if (root.has("vertices") && root.has("networkInputs")) {
      return new ModelConfiguration(Kind.GRAPH, root.toPrettyString());
    }
    if (root.has("confs")) {
      return new ModelConfiguration(Kind.MULTI_LAYER, root.toPrettyString());
    }
    throw new ModelException(
        "Cannot read the model configuration "
            + origin
            + ": expected DL4J's JSON with \"confs\" (MultiLayerConfiguration) or \"vertices\" and"
            + " \"networkInputs\" (ComputationGraphConfiguration), found neither; write it with"
            + " toJson()");
  }

  private static JsonNode parse(String json, String origin) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root.isObject()) {
        return root;
      }
      throw new ModelException(
          "Cannot read the model configuration "
              + origin
              + ": expected a JSON object, found "
              + root.getNodeType());
    } catch (JsonProcessingException e) {
      throw new ModelException(
          "Cannot read the model configuration "
              + origin
              + ", line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ": not JSON: "
              + e.getOriginalMessage(),
          e);
    }
  }

  private static void collectForeignClasses(JsonNode node, Set<String> foreign) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getValue().asText();
      if (TYPE_FIELDS.contains(field.getKey())
          && ALLOWED.stream().noneMatch(name::startsWith)
          && !OURS.contains(name)) {
        foreign.add(name);
      }
    }
    node.forEach(child -> collectForeignClasses(child, foreign));
  }
}

package tributary.datasets.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/** The JSON form of a manifest: fixed order of fields, two spaces, LF, newline at the end. */
final class ManifestJson {
  private static final String FORMAT = "tributary-dataset";
  static final int VERSION = 1;
  private static final String TEXT = "text";
  private static final String MEAN_IMAGE = "mean-image-sha256";
  private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .defaultPrettyPrinter(
              new DefaultPrettyPrinter().withObjectIndenter(INDENTER).withArrayIndenter(INDENTER))
          .build();

  private final String place;

  private ManifestJson(String place) {
    this.place = place;
  }

  static byte[] write(Manifest manifest) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("format", FORMAT).put("version", VERSION).put("task", manifest.task().title());
    ArrayNode classes = root.putArray("classes");
    manifest.classes().forEach(classes::add);
    if (manifest.images() != null) {
      putImages(root, manifest.images());
    }
    if (manifest.text() != null) {
      TextJson.write(manifest.text(), root.putObject(TEXT));
    }
    ObjectNode splits = root.putObject("splits");
    manifest.splits().forEach((name, shards) -> putShards(splits.putArray(name), shards));
    try {
      String text = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
      return (text + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of strings and numbers is always JSON", e);
    }
  }

  static Manifest read(byte[] json, String place) throws DataException {
    ManifestJson reader = new ManifestJson(place);
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (IOException e) {
      throw reader.bad("not JSON: " + e.getMessage());
    }
    reader.checkFormat(root);
    try {
      return reader.manifest(root);
    } catch (IllegalArgumentException e) {
      throw reader.bad(e.getMessage());
    }
  }

  private static void putImages(ObjectNode root, Images images) {
    ObjectNode image = root.putObject("image").put("channels", images.channels());
    images.size().ifPresent(size -> image.put("height", size.height()).put("width", size.width()));
    ObjectNode statistics = root.putObject("statistics");
    images.statistics().mean().forEach(statistics.putArray("mean")::add);
    images.statistics().std().forEach(statistics.putArray("std")::add);
    if (images.meanImage() != null) {
      statistics.put(MEAN_IMAGE, images.meanImage());
    }
  }

  private static void putShards(ArrayNode array, List<ShardInfo> shards) {
    for (ShardInfo shard : shards) {
      array
          .addObject()
          .put("name", shard.name())
          .put("bytes", shard.bytes())
          .put("examples", shard.examples())
          .put("sha256", shard.sha256());
    }
  }

  private void checkFormat(JsonNode root) throws DataException {
    String format = text(root, "format");
    if (!format.equals(FORMAT)) {
      throw bad(Checks.format("format: expected '%s', found '%s'", FORMAT, format));
    }
    int version = integer(root, "version");
    if (version != VERSION) {
      throw bad(
          Checks.format(
              "written by a Tributary with dataset version %d, this one reads version %d;"
                  + " pack the dataset again with deploy/tributary pack",
              version, VERSION));
    }
  }

  private Manifest manifest(JsonNode root) throws DataException {
    List<String> classes = new ArrayList<>();
    for (JsonNode name : field(root, "classes", JsonNode::isArray, "an array")) {
      if (!name.isTextual()) {
        throw bad("classes: expected strings, found " + name);
      }
      classes.add(name.textValue());
    }
    String title = text(root, "task");
    Task task =
        Task.of(title)
            .orElseThrow(
                () ->
                    bad(
                        Checks.format(
                            "task: expected one of %s, found '%s'",
                            Arrays.toString(Task.values()), title)));
    return new Manifest(
        task,
        classes,
        task.isOfImages() ? images(root) : null,
        root.has(TEXT) ? TextJson.read(field(root, TEXT, JsonNode::isObject, "an object")) : null,
        splits(field(root, "splits", JsonNode::isObject, "an object")));
  }

  private Images images(JsonNode root) throws DataException {
    JsonNode image = field(root, "image", JsonNode::isObject, "an object");
    JsonNode statistics = field(root, "statistics", JsonNode::isObject, "an object");
    Optional<Images.Size> size =
        image.has("height") || image.has("width")
            ? Optional.of(new Images.Size(integer(image, "height"), integer(image, "width")))
            : Optional.empty();
    return new Images(
        integer(image, "channels"),
        size,
        new ChannelStatistics(numbers(statistics, "mean"), numbers(statistics, "std")),
        statistics.has(MEAN_IMAGE) ? text(statistics, MEAN_IMAGE) : null);
  }

  private Map<String, List<ShardInfo>> splits(JsonNode node) throws DataException {
    Map<String, List<ShardInfo>> splits = new LinkedHashMap<>();
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      List<ShardInfo> shards = new ArrayList<>();
      for (JsonNode shard : field(node, name, JsonNode::isArray, "an array")) {
        shards.add(
            new ShardInfo(
                text(shard, "name"),
                longInteger(shard, "bytes"),
                integer(shard, "examples"),
                text(shard, "sha256")));
      }
      splits.put(name, shards);
    }
    return splits;
  }

  private List<Double> numbers(JsonNode node, String name) throws DataException {
    List<Double> values = new ArrayList<>();
    for (JsonNode value : field(node, name, JsonNode::isArray, "an array")) {
      if (!value.isNumber()) {
        throw bad(name + ": expected numbers, found " + value);
      }
      values.add(value.doubleValue());
    }
    return values;
  }

  private String text(JsonNode node, String name) throws DataException {
    return field(node, name, JsonNode::isTextual, "a string").textValue();
  }

  private long longInteger(JsonNode node, String name) throws DataException {
    return field(node, name, v -> v.isIntegralNumber() && v.canConvertToLong(), "an integer")
        .longValue();
  }

  private int integer(JsonNode node, String name) throws DataException {
    return field(node, name, v -> v.isIntegralNumber() && v.canConvertToInt(), "an integer")
        .intValue();
  }

  private JsonNode field(JsonNode node, String name, Predicate<JsonNode> fits, String expected)
      throws DataException {
    JsonNode value = node.path(name);
    if (!fits.test(value)) {
      throw bad(
          Checks.format(
              "field %s: expected %s, found %s",
              name, expected, value.isMissingNode() ? "nothing" : value));
    }
    return value;
  }

  private DataException bad(String reason) {
    return new DataException("Bad manifest " + place + ": " + reason);
  }
}

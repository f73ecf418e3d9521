package tributary.driver.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import tributary.datasets.Checks;
import tributary.driver.round.Watched;
import tributary.worker.train.Places;
import tributary.worker.train.Position;

/**
 * What {@code position.json} holds.
 *
 * <pre>
 * round, epoch, offset, step   whole numbers, 0 or more
 * left-over                    [from, size] of each left-over range; absent where there is none
 * dropped-rounds               how many the last rounds in a row were; absent where they are none
 * watched                      what evaluations have come to; absent where nothing follows from them:
 *   best, best-step            value and step of the best one; absent where there is none
 *   since-best, since-change   whole numbers, 0 or more
 *   rate-factor                above 0, at most 1
 * </pre>
 *
 * @param json an object
 * @param place of the file, for messages
 */
record PositionFile(JsonNode json, String place) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROUND = "round";
  private static final String EPOCH = "epoch";
  private static final String OFFSET = "offset";
  private static final String STEP = "step";
  private static final String LEFT_OVER = "left-over";
  private static final String DROPPED_ROUNDS = "dropped-rounds";
  private static final String WATCHED = "watched";
  private static final String BEST = "best";
  private static final String BEST_STEP = "best-step";
  private static final String SINCE_BEST = "since-best";
  private static final String SINCE_CHANGE = "since-change";
  private static final String RATE_FACTOR = "rate-factor";

  static ObjectNode write(Position position, int droppedRounds, Watched watched) {
    ObjectNode json =
        JSON.createObjectNode()
            .put(ROUND, position.round())
            .put(EPOCH, position.epoch())
            .put(OFFSET, position.offset())
            .put(STEP, position.step());
    for (Places.Range range : position.leftOver().ranges()) {
      json.withArray(LEFT_OVER).addArray().add(range.from()).add(range.size());
    }
    if (droppedRounds > 0) {
      json.put(DROPPED_ROUNDS, droppedRounds);
    }
    if (!watched.equals(Watched.NOTHING)) {
      ObjectNode object =
          json.putObject(WATCHED)
              .put(SINCE_BEST, watched.sinceBest())
              .put(SINCE_CHANGE, watched.sinceChange())
              .put(RATE_FACTOR, watched.rateFactor());
      if (watched.hasBest()) {
        object.put(BEST, watched.best()).put(BEST_STEP, watched.bestStep());
      }
    }
    return json;
  }

  /**
   * What was written.
   *
   * @throws CheckpointException naming the field that can't be
   */
  Position position() throws CheckpointException {
    int round = (int) number(ROUND, Integer.MAX_VALUE);
    int epoch = (int) number(EPOCH, Integer.MAX_VALUE);
    long offset = number(OFFSET, Long.MAX_VALUE);
    long step = number(STEP, Long.MAX_VALUE);
    try {
      return new Position(round, epoch, offset, step, leftOver());
    } catch (IllegalArgumentException e) {
      throw wrong(LEFT_OVER, "distinct ranges [from, size] of places below offset " + offset);
    }
  }

  /**
   * Rounds that were dropped, up to the position.
   *
   * @throws CheckpointException if there can't be so many
   */
  int droppedRounds() throws CheckpointException {
    return json.has(DROPPED_ROUNDS) ? (int) number(DROPPED_ROUNDS, position().round()) : 0;
  }

  /**
   * What evaluations have come to.
   *
   * @throws CheckpointException if they can't have
   */
  Watched watched() throws CheckpointException {
    JsonNode found = json.path(WATCHED);
    if (found.isMissingNode()) {
      return Watched.NOTHING;
    }
    PositionFile inner = new PositionFile(found, place);
    boolean hasBest = found.has(BEST_STEP);
    try {
      return new Watched(
          hasBest ? found.path(BEST).asDouble(Double.NaN) : Double.NaN,
          hasBest ? inner.number(BEST_STEP, position().step()) : -1,
          (int) inner.number(SINCE_BEST, Integer.MAX_VALUE),
          (int) inner.number(SINCE_CHANGE, Integer.MAX_VALUE),
          found.path(RATE_FACTOR).asDouble(Double.NaN));
    } catch (IllegalArgumentException e) {
      throw wrong(WATCHED, "what evaluations can come to: " + e.getMessage());
    }
  }

  private long number(String field, long most) throws CheckpointException {
    JsonNode found = json.path(field);
    boolean isNumber = found.isIntegralNumber() && found.canConvertToLong();
    if (!isNumber || found.asLong() < 0 || found.asLong() > most) {
      throw wrong(field, "a whole number in 0.." + most);
    }
    return found.asLong();
  }

  private Places leftOver() {
    JsonNode found = json.path(LEFT_OVER);
    Checks.argument(found.isMissingNode() || found instanceof ArrayNode, "not an array");
    List<Places.Range> ranges = new ArrayList<>();
    for (JsonNode range : found) {
      ranges.add(new Places.Range(range.path(0).asLong(-1), range.path(1).asLong(-1)));
    }
    return new Places(ranges);
  }

  private CheckpointException wrong(String field, String expected) {
    JsonNode found = json.path(field);
    return new CheckpointException(
        Checks.format(
            "Corrupt checkpoint file %s: %s: expected %s, found %s",
            place, field, expected, found.isMissingNode() ? "none" : found));
  }
}

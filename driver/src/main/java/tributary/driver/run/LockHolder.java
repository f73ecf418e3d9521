package tributary.driver.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import tributary.datasets.Checks;

/**
 * Who holds a run folder, as its lock file says.
 *
 * @param id drawn anew for every lock
 * @param host for people
 * @param pid for people, and for whoever shares the machine
 * @param machine what must be equal for a process id to mean the same: boot and process namespace;
 *     empty if unknown
 * @param since when it took the lock
 * @param heartbeat when it last said that it lives
 * @param lease how long it may keep silent
 * @param state whether it has given the lock back
 */
record LockHolder(
    String id,
    String host,
    long pid,
    String machine,
    Instant since,
    Instant heartbeat,
    Duration lease,
    State state) {
  private static final ObjectMapper JSON = new ObjectMapper();

  enum State {
    HELD,
    RELEASED
  }

  /** This process, with a new id. */
  static LockHolder here(Instant now, Duration lease) {
    return new LockHolder(
        UUID.randomUUID().toString(),
        hostName(),
        ProcessHandle.current().pid(),
        thisMachine(),
        now,
        now,
        lease,
        State.HELD);
  }

  /** Whoever began to write a lock file that can't be read, at the file's time. */
  static LockHolder unknown(Instant modified, Duration lease) {
    return new LockHolder("", "unknown", 0, "", modified, modified, lease, State.HELD);
  }

  /**
   * Reads a lock file.
   *
   * @throws IOException if it is torn
   */
  static LockHolder parse(byte[] file) throws IOException {
    JsonNode json = JSON.readTree(file);
    try {
      return new LockHolder(
          json.path("id").asText(),
          json.path("host").asText(),
          json.path("pid").asLong(),
          json.path("machine").asText(),
          Instant.parse(json.path("since").asText()),
          Instant.parse(json.path("heartbeat").asText()),
          Duration.ofSeconds(json.path("lease-seconds").asLong()),
          json.path("released").asBoolean() ? State.RELEASED : State.HELD);
    } catch (DateTimeException e) {
      throw new IOException("Torn lock file", e);
    }
  }

  byte[] toJson() throws IOException {
    ObjectNode json =
        JSON.createObjectNode()
            .put("id", id)
            .put("host", host)
            .put("pid", pid)
            .put("machine", machine)
            .put("since", since.toString())
            .put("heartbeat", heartbeat.toString())
            .put("lease-seconds", lease.toSeconds())
            .put("released", state == State.RELEASED);
    return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  LockHolder at(Instant now, State newState) {
    return new LockHolder(id, host, pid, machine, since, now, lease, newState);
  }

  /** Whether the lock protects a run: a dead neighbour's does not, nor one that fell silent. */
  boolean isAlive(Instant now) {
    boolean deadNeighbour =
        !machine.isEmpty() && machine.equals(thisMachine()) && ProcessHandle.of(pid).isEmpty();
    return !deadNeighbour && heartbeat.plus(lease).isAfter(now);
  }

  /** Says who, for a message. */
  String describe(Instant now) {
    return Checks.format(
        "process %d on %s, since %s, last heartbeat %d s ago",
        pid,
        host,
        since.truncatedTo(ChronoUnit.SECONDS),
        Math.max(0, Duration.between(heartbeat, now).toSeconds()));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "a host without a name";
    }
  }

  /**
   * Host names do not tell containers apart that see each other's processes from those that don't.
   */
  private static String thisMachine() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException e) {
      return ""; // no Linux: the lease decides
    }
  }
}

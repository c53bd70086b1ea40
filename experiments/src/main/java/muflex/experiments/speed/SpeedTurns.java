package muflex.experiments.speed;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.experiments.BadInput;
import muflex.experiments.compare.Direction;

/**
 * One case on several devices: each is checked first, then all are called in turn, so that what else the machine does meets all
 * alike.
 */
final class SpeedTurns implements AutoCloseable {
    private record Turn(SpeedCase test, CheckedCase checked) {}

    private final List<Turn> turns = new ArrayList<>();

    /**
     * @param refused told in a line why a device that does not take the case is left out
     * @throws BadInput if the only device does not take it
     */
    SpeedTurns(
            List<Device> devices,
            SpeedInputs inputs,
            SpeedVariant variant,
            Precision precision,
            List<Direction> directions,
            Consumer<String> refused) {
        try {
            for (Device device : devices) {
                SpeedCase test = new SpeedCase(device, inputs, variant, precision);
                try {
                    CheckedCase checked = test.check(directions);
                    turns.add(new Turn(test, checked));
                    if (checked.directions().size() < directions.size()) {
                        refused.accept(device.id() + ": backward, which another library here has not");
                    }
                } catch (BadInput e) {
                    if (devices.size() == 1) {
                        throw e;
                    }
                    refused.accept(device.id() + ": " + e.getMessage());
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A row for each direction and device, forward first. */
    List<SpeedRow> measure(List<Direction> directions, int repeat) {
        List<SpeedRow> rows = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            if (directions.contains(direction)) {
                List<Turn> taking = turns.stream()
                        .filter(turn -> turn.checked().directions().contains(direction))
                        .toList();
                for (int i = 0; i < repeat; i++) {
                    taking.forEach(turn -> turn.checked().sample(direction));
                }
                taking.forEach(turn -> rows.add(turn.test().row(turn.checked(), direction)));
            }
        }
        return rows;
    }

    @Override
    public void close() {
        turns.forEach(turn -> turn.checked().close());
    }
}

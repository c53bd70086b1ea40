package muflex.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {

    @Test
    void risesThenFallsToTheFloor() {
        Schedule schedule = new Schedule(10, 110, 0.1);
        assertThat(schedule.share(1)).isEqualTo(0.1);
        assertThat(schedule.share(10)).isEqualTo(1);
        assertThat(schedule.share(60)).isCloseTo(0.55, within(1e-12));
        assertThat(schedule.share(110)).isCloseTo(0.1, within(1e-12));
        for (int step = 11; step <= 110; step++) {
            assertThat(schedule.share(step)).isLessThan(schedule.share(step - 1));
        }
    }

    @Test
    void warmupMayBeAllOrNothing() {
        assertThat(new Schedule(5, 5, 0).share(5)).isEqualTo(1);
        assertThat(new Schedule(0, 2, 0).share(1)).isCloseTo(0.5, within(1e-12));
        assertThatThrownBy(() -> new Schedule(6, 5, 0))
                .hasMessage("warmup: expected between 0 and the number of steps, got 6 of 5; shorten the warm-up");
    }
}

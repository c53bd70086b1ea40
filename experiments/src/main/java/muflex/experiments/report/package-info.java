/**
 * What an experiment leaves behind: result rows (JSON Lines), the environment they were measured in, and what is
 * derived from them (text tables, SVG charts, one HTML page). Nothing here measures, and nothing knows an engine.
 */
@NullMarked
package muflex.experiments.report;

import org.jspecify.annotations.NullMarked;

//! Characters drawn, blurred and made comparable: what is left of a glyph at a glance.

use std::error::Error;

use ab_glyph::{Font, FontRef, Glyph, Point, PxScale};

use crate::sources::Sources;

/// Side of the square that a character is drawn in, in pixels. Han characters fill their em square, so the position of a
/// part within the square is kept.
const SIDE: usize = 64;
/// Blank border around it, so that gradients and blur do not run over the edge.
const BORDER: usize = 8;
const CANVAS: usize = SIDE + 2 * BORDER;
/// Side of the grid that the drawing is reduced to.
const GRID: usize = 16;
/// Stroke directions told apart: horizontal, vertical and the two diagonals.
const DIRECTIONS: usize = 4;

/// Face of simplified Chinese in both collections of Debian's fonts-noto-cjk (JP, KR, SC, TC, HK).
const FACE: u32 = 2;
pub(crate) const SANS: &str = "debian/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
pub(crate) const SERIF: &str = "debian/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc";

/// Unit vectors, one for each drawing, in two kinds: by ink and by direction of strokes.
pub(crate) struct Drawings {
    pub(crate) ink: Vectors,
    pub(crate) strokes: Vectors,
}

/// Vectors of equal length, one after another; a character that the font lacks has the zero vector.
pub(crate) struct Vectors {
    length: usize,
    values: Vec<f32>,
}

impl Vectors {
    fn new(length: usize) -> Self {
        Self {
            length,
            values: Vec::new(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> &[f32] {
        &self.values[at * self.length..(at + 1) * self.length]
    }

    /// Takes the mean of all vectors away, since what all characters share says nothing, and brings each to length 1.
    fn centre(&mut self) {
        let count = (self.values.len() / self.length).max(1) as f32;
        let mut mean = vec![0.0_f32; self.length];
        for vector in self.values.chunks_exact(self.length) {
            for (sum, value) in mean.iter_mut().zip(vector) {
                *sum += value / count;
            }
        }
        for vector in self.values.chunks_exact_mut(self.length) {
            if vector.iter().all(|value| *value == 0.0) {
                continue;
            }
            for (value, mean) in vector.iter_mut().zip(&mean) {
                *value -= mean;
            }
            unit(vector);
        }
    }
}

/// Cosine of two unit vectors. Eight sums side by side, so that the result does not hang on how it is compiled.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

/// Rows that one drawing may lie higher or lower than the other.
const SHIFT: usize = 2;

/// Cosine of two vectors of strokes, of which one may be stretched: lines of the grid are matched in order, each with a near one of
/// the other drawing or with none. Taken along the rows and along the columns, the mean of both.
pub(crate) fn elastic(a: &[f32], b: &[f32]) -> f32 {
    let plane = GRID * GRID;
    let along = |row: usize, column: usize| {
        let mut best = [[0.0_f32; GRID + 1]; GRID + 1];
        for i in 0..GRID {
            for j in 0..GRID {
                let mut here = best[i][j + 1].max(best[i + 1][j]);
                if i.abs_diff(j) <= SHIFT {
                    let mut sum = 0.0_f32;
                    for direction in 0..DIRECTIONS {
                        let (x, y) = (direction * plane + i * row, direction * plane + j * row);
                        for k in 0..GRID {
                            sum += a[x + k * column] * b[y + k * column];
                        }
                    }
                    here = here.max(best[i][j] + sum);
                }
                best[i + 1][j + 1] = here;
            }
        }
        best[GRID][GRID]
    };
    (along(GRID, 1) + along(1, GRID)) / 2.0
}

fn unit(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        for value in vector {
            *value /= norm;
        }
    }
}

/// Draws every character with one face.
pub(crate) fn draw(sources: &Sources, path: &str, characters: &[char]) -> Result<Drawings, Box<dyn Error>> {
    let bytes = sources.bytes(path)?;
    let font = FontRef::try_from_slice_and_index(&bytes, FACE)?;
    let mut drawings = Drawings {
        ink: Vectors::new(GRID * GRID),
        strokes: Vectors::new(GRID * GRID * DIRECTIONS),
    };
    for c in characters {
        let canvas = canvas(&font, *c);
        let mut ink = reduced(&canvas);
        unit(&mut ink);
        drawings.ink.values.extend(ink);
        drawings.strokes.values.extend(directions(&canvas));
    }
    drawings.ink.centre();
    drawings.strokes.centre();
    Ok(drawings)
}

/// Coverage of each pixel, 0 to 1, row by row; blank if the font has no such character.
fn canvas(font: &FontRef<'_>, c: char) -> Vec<f32> {
    let mut canvas = vec![0.0_f32; CANVAS * CANVAS];
    let id = font.glyph_id(c);
    if id.0 == 0 {
        return canvas;
    }
    let units = font.units_per_em().unwrap_or(1000.0);
    // The em square, of which 880/1000 lie above the baseline in these fonts, is brought to SIDE pixels.
    let scale = SIDE as f32 * font.height_unscaled() / units;
    let glyph = Glyph {
        id,
        scale: PxScale::from(scale),
        position: Point {
            x: BORDER as f32,
            y: BORDER as f32 + 0.88 * SIDE as f32,
        },
    };
    let Some(outlined) = font.outline_glyph(glyph) else {
        return canvas;
    };
    let bounds = outlined.px_bounds();
    outlined.draw(|x, y, coverage| {
        let (x, y) = (x as f32 + bounds.min.x, y as f32 + bounds.min.y);
        if x >= 0.0 && y >= 0.0 && (x as usize) < CANVAS && (y as usize) < CANVAS {
            canvas[y as usize * CANVAS + x as usize] = coverage.clamp(0.0, 1.0);
        }
    });
    canvas
}

/// Blurs a plane and samples it at the middle of each cell of the grid.
fn reduced(plane: &[f32]) -> Vec<f32> {
    let cell = CANVAS / GRID;
    let mut blurred = plane.to_vec();
    // Three box blurs are close to a Gaussian, and add and multiply only.
    for _ in 0..3 {
        blurred = box_blur(&blurred, cell / 2);
    }
    let mut grid = Vec::with_capacity(GRID * GRID);
    for row in 0..GRID {
        for column in 0..GRID {
            let (y, x) = (row * cell + cell / 2, column * cell + cell / 2);
            grid.push(blurred[y * CANVAS + x]);
        }
    }
    grid
}

fn box_blur(plane: &[f32], radius: usize) -> Vec<f32> {
    let pass = |source: &[f32], along: usize, across: usize| -> Vec<f32> {
        let mut target = vec![0.0_f32; source.len()];
        for line in 0..CANVAS {
            for at in 0..CANVAS {
                let (from, to) = (at.saturating_sub(radius), (at + radius).min(CANVAS - 1));
                let sum: f32 = (from..=to).map(|k| source[line * across + k * along]).sum();
                target[line * across + at * along] = sum / (2 * radius + 1) as f32;
            }
        }
        target
    };
    let rows = pass(plane, 1, CANVAS);
    pass(&rows, CANVAS, 1)
}

/// How much edge runs in each direction, cell by cell. The edges of a stroke weigh the same whether it is thick or thin.
fn directions(canvas: &[f32]) -> Vec<f32> {
    let diagonal = std::f32::consts::FRAC_1_SQRT_2;
    let axes: [(f32, f32); DIRECTIONS] = [(0.0, 1.0), (1.0, 0.0), (diagonal, diagonal), (diagonal, -diagonal)];
    let mut planes = vec![vec![0.0_f32; CANVAS * CANVAS]; DIRECTIONS];
    for y in 1..CANVAS - 1 {
        for x in 1..CANVAS - 1 {
            let at = |dy: usize, dx: usize| canvas[(y + dy - 1) * CANVAS + x + dx - 1];
            let gx = at(0, 2) + 2.0 * at(1, 2) + at(2, 2) - at(0, 0) - 2.0 * at(1, 0) - at(2, 0);
            let gy = at(2, 0) + 2.0 * at(2, 1) + at(2, 2) - at(0, 0) - 2.0 * at(0, 1) - at(0, 2);
            let length = (gx * gx + gy * gy).sqrt();
            if length == 0.0 {
                continue;
            }
            for (plane, (ax, ay)) in planes.iter_mut().zip(axes) {
                // The square of the cosine, less its value half way to the next axis, parts the edge between two axes.
                let along = (gx * ax + gy * ay) / length;
                plane[y * CANVAS + x] = length * (2.0 * along * along - 1.0).max(0.0);
            }
        }
    }
    let mut vector: Vec<f32> = planes.iter().flat_map(|plane| reduced(plane)).collect();
    // The square root keeps a few heavy strokes from outweighing the rest.
    for value in &mut vector {
        *value = value.sqrt();
    }
    unit(&mut vector);
    vector
}

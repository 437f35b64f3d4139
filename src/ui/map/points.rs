//! The points as one mesh of small squares, built anew only when the view, the colours or the selection
//! change. 50,000 of them so cost a frame what a long list of shapes would cost fifty.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::epaint::{Mesh, Vertex};
use eframe::egui::{Color32, Context, Id, Pos2, Rect, Shape, Ui, pos2, vec2};

use super::marks::{Marks, group_style};
use super::view::{Bounds, Place, View};
use crate::app::MapState;
use crate::app::map::PlaneGrid;
use crate::protocol::{Grouping, Latent, Map, MapColour};
use crate::ui::theme::palette;

/// Radius of a point where there are a thousand of them, in screen points.
const RADIUS: f32 = 3.2;
/// In a plot with edges of this length.
const ROOM: f32 = 350.0;
/// The smallest and the largest.
const RADIUS_LIMITS: [f32; 2] = [1.3, 6.0];
/// What is not selected keeps this much of its colour, while something is.
const UNSELECTED: f32 = 0.22;
/// Width of the rim around points before the plane, in pixels: pictures hold every colour.
const RIM_PX: f32 = 1.6;
/// The pointer takes a point within this distance, in screen points.
const REACH: f32 = 8.0;

/// What is remembered of a map between frames. Widget memory, like a scroll position.
#[derive(Debug, Default)]
pub struct Memory {
    map: Option<Arc<Map>>,
    /// Around all points.
    pub bounds: Option<Bounds>,
    /// Where it is looked at; `None` while all points are in view.
    pub view: Option<View>,
    /// The lasso that is being drawn.
    pub lasso: Vec<Place>,
    /// Squares of the plane that the view has held on to, and since when.
    pub settled: Option<(PlaneGrid, Option<Latent>, f64)>,
    groups: Option<(MapColour, Arc<Grouping>)>,
    marks: Option<Marks>,
    drawn: Option<(Look, Arc<Mesh>)>,
}

/// All that the mesh depends on, besides the map.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    view: View,
    plot: Rect,
    scale: f32,
    dark: bool,
    colour: MapColour,
    hidden: BTreeSet<u16>,
    selected: Arc<Vec<u32>>,
    before_plane: bool,
}

/// The memory of the map's pane.
pub fn memory<R>(ctx: &Context, with: impl FnOnce(&mut Memory) -> R) -> R {
    let slot = Id::unique("map memory");
    let memory =
        ctx.data_mut(|data| Arc::clone(data.get_temp_mut_or_default::<Arc<Mutex<Memory>>>(slot)));
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    with(&mut memory)
}

impl Memory {
    /// Begins anew where the map is another one.
    pub fn take_map(&mut self, map: &Arc<Map>) {
        let same = |known: &&Arc<Map>| Arc::ptr_eq(known, map) || known.has_points_of(map);
        let Some(known) = self.map.as_ref().filter(same) else {
            return self.begin_anew(map);
        };
        if !Arc::ptr_eq(known, map) {
            // Its clusters were found: where it is looked at stays.
            (self.groups, self.drawn) = (None, None);
            self.map = Some(Arc::clone(map));
        }
    }

    fn begin_anew(&mut self, map: &Arc<Map>) {
        let bounds = Some(Bounds::of(&map.points));
        let marks = self.marks.take();
        *self = Self { map: Some(Arc::clone(map)), bounds, marks, ..Self::default() };
    }

    /// Forgets a map that is no longer there.
    pub fn forget_map(&mut self) {
        *self = Self::default();
    }

    /// The points by what they are coloured by.
    pub fn groups(&mut self, map: &Map, colour: MapColour) -> Arc<Grouping> {
        match &self.groups {
            Some((known, groups)) if *known == colour => Arc::clone(groups),
            _ => {
                let groups = Arc::new(map.grouping(colour));
                self.groups = Some((colour, Arc::clone(&groups)));
                groups
            }
        }
    }

    /// Where the map is looked at.
    pub fn view_in(&self, plot: Rect) -> View {
        let bounds = self.bounds.unwrap_or_else(|| Bounds::of(&[]));
        self.view.unwrap_or_else(|| View::fit(&bounds, plot))
    }

    /// All points as one shape.
    pub fn points_shape(&mut self, ui: &Ui, state: &MapState, map: &Map, plot: Rect) -> Shape {
        let look = Look {
            view: self.view_in(plot),
            plot,
            scale: ui.pixels_per_point(),
            dark: ui.visuals().dark_mode,
            colour: state.colour,
            hidden: state.hidden.clone(),
            selected: Arc::clone(&state.selected),
            before_plane: state.show_background && map.plane.is_some(),
        };
        if let Some((known, mesh)) = &self.drawn
            && *known == look
        {
            return Shape::Mesh(Arc::clone(mesh));
        }
        let groups = self.groups(map, state.colour);
        let marks = self.marks_for(ui.ctx(), map.points.len(), &look);
        // The last frame's shapes are gone by now, so that its memory can be filled again.
        let old = self.drawn.take().and_then(|(_, mesh)| Arc::try_unwrap(mesh).ok());
        let mut mesh = old.unwrap_or_default();
        // Not `Mesh::clear`, which gives the vertices' memory back.
        mesh.vertices.clear();
        mesh.indices.clear();
        fill(&mut mesh, ui, map, &groups, &marks, &look);
        let mesh = Arc::new(mesh);
        self.drawn = Some((look, Arc::clone(&mesh)));
        Shape::Mesh(mesh)
    }

    fn marks_for(&mut self, ctx: &Context, points: usize, look: &Look) -> Marks {
        let bounds = self.bounds.unwrap_or_else(|| Bounds::of(&[]));
        let zoom = look.view.scale / View::fit(&bounds, look.plot).scale;
        let radius_px = radius_px(points, zoom, look.plot.size().min_elem(), look.scale);
        match &self.marks {
            Some(marks) if marks.have(radius_px, look.scale) => marks.clone(),
            _ => {
                let marks = Marks::new(ctx, radius_px, look.scale);
                self.marks = Some(marks.clone());
                marks
            }
        }
    }
}

/// The radius of a point in pixels, in half pixels: smaller where there are many, larger when zoomed in
/// and in a larger plot.
fn radius_px(points: usize, zoom: f32, room: f32, scale: f32) -> f32 {
    let crowd = (points.max(1) as f32 / 1000.0).powf(-0.25);
    let room = (room / ROOM).max(0.1).powf(0.4);
    let radius = RADIUS * crowd * room * zoom.max(0.1).powf(0.3);
    let radius = radius.clamp(RADIUS_LIMITS[0], RADIUS_LIMITS[1]);
    ((radius * scale * 2.0).round() / 2.0).max(1.0)
}

fn fill(mesh: &mut Mesh, ui: &Ui, map: &Map, groups: &Grouping, marks: &Marks, look: &Look) {
    let palette = palette(ui);
    mesh.texture_id = marks.texture.id();
    mesh.reserve_vertices(4 * map.points.len());
    mesh.reserve_triangles(2 * map.points.len());
    let is_selected = selection(map.points.len(), &look.selected);
    let rim = marks.half * (1.0 + RIM_PX / marks.radius_px);
    // Per group: its colour, the same of what is not selected, and its mark.
    let styles: Vec<Option<(Color32, Color32, Rect)>> = (0..groups.names.len())
        .map(|group| {
            let (color, mark) = group_style(palette, group);
            let shown = !look.hidden.contains(&(group as u16));
            let faint = color.gamma_multiply(UNSELECTED);
            shown.then(|| (color, faint, Marks::uv(mark)))
        })
        .collect();
    let space = look.plot.expand(rim);
    for (point, &place) in map.points.iter().enumerate() {
        let Some((color, faint, uv)) = styles[usize::from(groups.of[point])] else { continue };
        let at = look.view.to_screen(look.plot, place);
        if space.contains(at) {
            let selected = is_selected.as_ref().is_none_or(|selected| selected[point]);
            let color = if selected { color } else { faint };
            if look.before_plane && selected {
                add_square(mesh, at, rim, uv, palette.sunken);
            }
            add_square(mesh, at, marks.half, uv, color);
        }
    }
}

/// Which points are selected; `None` where none is.
fn selection(points: usize, selected: &[u32]) -> Option<Vec<bool>> {
    let mut flags = vec![false; points];
    for &point in selected {
        if let Some(flag) = flags.get_mut(point as usize) {
            *flag = true;
        }
    }
    (!selected.is_empty()).then_some(flags)
}

fn add_square(mesh: &mut Mesh, at: Pos2, half: f32, uv: Rect, color: Color32) {
    let first = mesh.vertices.len() as u32;
    let (low, high) = (at - vec2(half, half), at + vec2(half, half));
    mesh.vertices.extend_from_slice(&[
        Vertex { pos: low, uv: uv.min, color },
        Vertex { pos: pos2(high.x, low.y), uv: pos2(uv.max.x, uv.min.y), color },
        Vertex { pos: pos2(low.x, high.y), uv: pos2(uv.min.x, uv.max.y), color },
        Vertex { pos: high, uv: uv.max, color },
    ]);
    mesh.indices.extend_from_slice(&[first, first + 1, first + 2, first + 2, first + 1, first + 3]);
}

/// The shown point nearest to a place of the screen, if one is near enough.
pub fn point_at(
    map: &Map,
    groups: &Grouping,
    hidden: &BTreeSet<u16>,
    (view, plot): (View, Rect),
    at: Pos2,
) -> Option<usize> {
    let place = view.to_place(plot, at);
    let reach = REACH / view.scale;
    let square = |point: &Place| (point[0] - place[0]).powi(2) + (point[1] - place[1]).powi(2);
    let near = map.points.iter().enumerate().filter(|(index, point)| {
        square(point) <= reach * reach && !hidden.contains(&groups.of[*index])
    });
    near.min_by(|a, b| square(a.1).total_cmp(&square(b.1))).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::{radius_px, selection};

    #[test]
    fn many_points_are_small_and_grow_with_the_zoom() {
        let [few, many] = [100, 50_000].map(|points| radius_px(points, 1.0, 350.0, 1.0));
        assert!(many < few && many >= 1.0);
        assert!(radius_px(50_000, 60.0, 350.0, 1.0) > 2.0 * many);
        assert!(radius_px(2000, 1.0, 900.0, 1.0) > radius_px(2000, 1.0, 250.0, 1.0));
        assert_eq!(radius_px(1000, 1.0, 350.0, 2.0), 6.5, "in half pixels of the screen");
    }

    #[test]
    fn a_point_that_is_not_there_is_not_selected() {
        assert_eq!(selection(3, &[0, 2, 9]), Some(vec![true, false, true]));
        assert_eq!(selection(3, &[]), None);
    }
}

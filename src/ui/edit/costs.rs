//! What the present candidate costs, and where it lies.

use eframe::egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::AppState;
use crate::protocol::{EditView, RealismBy};
use crate::ui::parts::caption;
use crate::ui::theme::palette;
use crate::ui::widgets::number::value;

/// Height of a bar, in points.
const BAR: f32 = 12.0;

/// A part of the whole: what it is, what it costs, its colour.
struct Part {
    name: &'static str,
    hint: &'static str,
    cost: f32,
    color: Color32,
}

/// Draws the bars.
pub(super) fn costs_ui(ui: &mut Ui, state: &AppState) {
    let Some(view) = &state.edit.view else {
        caption(ui, "What strokes, distance and realism cost shows here.");
        return;
    };
    let settings = &state.edit.plan.settings;
    let colors = palette(ui).curves;
    let parts = [
        Part {
            name: "Strokes",
            hint: "U: what the strokes cost together",
            cost: view.loss.constraints,
            color: colors[0],
        },
        Part {
            name: "Distance",
            hint: "Its weight times the mean square of z - z0",
            cost: settings.distance_weight as f32 * view.loss.distance,
            color: colors[1],
        },
        Part {
            name: "Realism",
            hint: "Minus its weight times how real it looks",
            cost: -settings.realism_weight as f32 * view.loss.realism,
            color: colors[2],
        },
    ];
    stacked_ui(ui, &parts);
    for part in &parts {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, part.color);
            let text = format!("{} {}", part.name, value(f64::from(part.cost)));
            caption(ui, text).on_hover_text(part.hint);
        });
    }
    strokes_ui(ui, state, view);
    match view.realism {
        RealismBy::Prior => {
            caption(ui, "Without a discriminator the realism term is the prior's.");
        }
        RealismBy::Critic => {
            caption(ui, "Realism by the critic, in deviations of its values on data.");
        }
        RealismBy::Discriminator => {}
    }
    if let Some(manifold) = &view.manifold {
        crate::ui::race::light_ui(ui, manifold);
    }
}

/// One bar of all parts; one that is below zero takes no room.
fn stacked_ui(ui: &mut Ui, parts: &[Part]) {
    let told: Vec<String> =
        parts.iter().map(|part| format!("{} {}", part.name, value(f64::from(part.cost)))).collect();
    let shares: Vec<(f32, Color32)> =
        parts.iter().map(|part| (part.cost.max(0.0), part.color)).collect();
    bar_ui(ui, &format!("Costs: {}", told.join(", ")), &shares);
}

/// The strokes' shares of U, each times its weight and strength.
fn strokes_ui(ui: &mut Ui, state: &AppState, view: &EditView) {
    let strokes = &state.edit.plan.strokes;
    if view.each.len() < 2 {
        return;
    }
    let colors = palette(ui).curves;
    let shares: Vec<(f32, Color32)> = (view.each.iter())
        .filter_map(|index| {
            let stroke = strokes.get(*index)?;
            let cost = state.edit.cost_of(*index)?;
            let color = colors[index % colors.len()];
            Some(((cost * stroke.weight * stroke.brush.strength).max(0.0), color))
        })
        .collect();
    if shares.is_empty() {
        return;
    }
    caption(ui, "Of the strokes, in their order")
        .on_hover_text("What each costs is beside it in the list");
    bar_ui(ui, "Shares of the strokes", &shares);
}

fn bar_ui(ui: &mut Ui, name: &str, shares: &[(f32, Color32)]) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    ui.painter().rect_filled(rect, 3.0, palette(ui).track);
    let whole: f32 = shares.iter().map(|(share, _)| share).sum();
    if !(whole.is_finite() && whole > 0.0) {
        return;
    }
    let mut left = rect.left();
    for (share, color) in shares {
        let right = left + rect.width() * share / whole;
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        ui.painter().rect_filled(part, 1.0, *color);
        left = right;
    }
}

// The kernel's model: it hears where the playhead rests, and may move it.

const SAVE_AFTER_MS = 200;

/** Tells the kernel where the playhead is: when it rests, and not for every frame. */
export function createSaver(model, playback, signal) {
  let timer = 0;
  let saved = null;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (playing) => {
    const { atS, speed } = playback.state;
    const now = `${atS}/${speed}/${playing}`;
    if (now === saved || (playing && saved?.endsWith("true"))) return;
    saved = now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      model.set({ playhead_s: playback.state.atS, speed: playback.state.speed, playing: playback.state.playing });
      model.save_changes();
    }, SAVE_AFTER_MS);
  };
}

/** Does what the kernel says: `theater.playhead_s = 120`, `theater.playing = True`. */
export function followModel(model, playback, signal) {
  const follow = {
    "change:playhead_s": () => {
      if (!playback.state.playing && model.get("playhead_s") !== playback.state.atS) playback.seek(model.get("playhead_s"));
    },
    "change:speed": () => {
      if (model.get("speed") !== playback.state.speed) playback.setSpeed(model.get("speed"));
    },
    "change:playing": () => {
      if (model.get("playing") !== playback.state.playing) playback.toggle();
    },
  };
  for (const [name, action] of Object.entries(follow)) {
    model.on(name, action);
    signal.addEventListener("abort", () => model.off(name, action));
  }
}

/* What Wagtail's screens need so that their Content-Security-Policy allows nothing inline (dscp_cms/admin_policy.py). */
(() => {
  // The rich text editor brings styles of its own in elements that it makes: these get the page's nonce. Markup that
  // is put in doesn't come this way, so what somebody managed to smuggle into a page stays without.
  const { nonce } = document.currentScript;
  const make = document.createElement;
  document.createElement = function createElement(name, ...more) {
    const element = make.call(this, name, ...more);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };

  // The tool that crops pictures asks whether the screen is touched by setting handlers in attributes, which aren't run.
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function setAttribute(name, value) {
    if (!/^on/i.test(name)) set.call(this, name, value);
  };

  // Starts a widget in place of the inline script that Wagtail's own template has. Nothing else can be named.
  const STARTS = /^(init(Date|Time|DateTime)Chooser|createTaskChooser|(Page|Image|Document|Snippet)?Chooser|(Inline|MultipleChooser)Panel)$/;
  const register = () => {
    if (!window.wagtail?.app) return;
    class Start extends window.StimulusModule.Controller {
      static values = { with: String, id: String, options: Object };

      initialize() { // once for an element, also when it is moved
        if (!STARTS.test(this.withValue)) return;
        const start = window[this.withValue];
        const given = [this.hasIdValue && this.idValue, this.hasOptionsValue && this.optionsValue].filter(Boolean);
        if (/^[A-Z]/.test(this.withValue)) new start(...given);
        else start(...given);
      }
    }
    window.wagtail.app.register("dscp-start", Start);
  };
  document.addEventListener("DOMContentLoaded", register); // before Stimulus begins, which listens later
})();

/**
 * Know the test learners of this playground.
 *
 * @import {User} from "./protocol.js"
 */

import { getJson, serverUrl } from "./server.js";

const RETRY_MS = 1000;

export class Learners {
  /** @type {User[]} */
  all = [];

  /** Ask the server until it answers; it may be starting just now. */
  async load() {
    for (;;) {
      try {
        this.all = await getJson(serverUrl("learners"));
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** @param {number} id */
  find(id) {
    return this.all.find((learner) => learner.id === id);
  }

  /**
   * @param {{first_name: string, language_code: string}} learner
   * @returns {Promise<User>}
   */
  async create(learner) {
    const created = await getJson(serverUrl("learners"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(learner),
    });
    this.all.push(created);
    return created;
  }
}

/**
 * Return a hue, 0 to 359, that stays with the learner.
 *
 * @param {User} learner
 */
export function hueOf(learner) {
  return (learner.id * 137) % 360;
}

// Index runs: started, followed by events, cancelled.
import { api } from './api.js';
import { h } from './dom.js';
import { eventsOf } from './events.js';
import { count, duration, plural } from './format.js';
import { say } from './notice.js';
import './types.js';

const isEnded = (job) => ['done', 'failed', 'cancelled'].includes(job.state);

/** Follows the jobs of all libraries, and tells who listens. */
export class Jobs extends EventTarget {
  constructor() {
    super();
    /** @type {Map<number, import('./types.js').Job>} */
    this.all = new Map();
    this.followed = new Set();
  }

  /** Finds what runs already. */
  async find() {
    const { jobs } = await api.jobs().catch(() => ({ jobs: [] }));
    for (const job of jobs) {
      this.#set(job);
      if (!isEnded(job)) this.follow(job.id);
    }
  }

  get running() { return [...this.all.values()].filter((job) => !isEnded(job)); }

  /** @param {number} id */
  async follow(id) {
    if (this.followed.has(id)) return;
    this.followed.add(id);
    for (let tries = 0; tries < 5; ++tries) {
      try {
        const response = await api.jobEvents(id);
        for await (const { event, data } of eventsOf(response.body)) {
          this.#set(JSON.parse(data));
          if (event === 'end') break;
        }
        if (isEnded(this.all.get(id))) break;
      } catch {
        // The stream broke off; what it followed may go on.
      }
      await new Promise((resolve) => { setTimeout(resolve, 1500); });
    }
    this.followed.delete(id);
    const job = this.all.get(id);
    if (job && isEnded(job)) this.dispatchEvent(new CustomEvent('end', { detail: job }));
  }

  #set(job) {
    this.all.set(job.id, job);
    this.dispatchEvent(new CustomEvent('change', { detail: job }));
  }
}

/** What a report says, for people. @param {Object<string, any>} report */
export function reportText(report) {
  const parts = [`${plural(report.added ?? 0, 'picture')} added`];
  if (report.damaged) parts.push(`${count(report.damaged)} of them damaged`);
  if (report.unchanged) parts.push(`${count(report.unchanged)} unchanged`);
  if (report.failed) parts.push(`${count(report.failed)} could not be read`);
  if (report.skipped) parts.push(`${count(report.skipped)} no pictures`);
  if (report.pruned) parts.push(`${count(report.pruned)} forgotten`);
  return parts.join(', ');
}

/** @param {import('./types.js').Job} job */
export function jobText(job) {
  if (job.state === 'done') return job.report ? reportText(job.report) : 'Done';
  if (job.state === 'failed') return job.error ?? 'It failed';
  if (job.state === 'cancelled') return `Cancelled; what was done is kept${job.report ? `: ${reportText(job.report)}` : ''}`;
  if (job.state === 'queued') return 'Waits for its turn';
  const of = job.total > 0 ? `${count(job.done)} of ${count(job.total)}` : count(job.done);
  const left = job.seconds_left > 0 ? `, ${duration(job.seconds_left)} left` : '';
  return `${job.stage || 'Working'}: ${of}${left}${job.failed ? `, ${count(job.failed)} failed` : ''}`;
}

/** @param {import('./types.js').Job} job */
export function jobRow(job) {
  const bar = h('progress', { max: Math.max(1, job.total), 'aria-label': `Progress of job ${job.id}` });
  if (job.total > 0 && job.state === 'running') bar.value = job.done;
  if (job.state === 'queued') bar.value = 0;
  const cancel = h('button', { type: 'button', class: 'button quiet', onclick: async () => {
    cancel.disabled = true;
    await api.cancelJob(job.id).catch((error) => say(error.message));
  } }, 'Cancel');
  return h('li', { class: 'job' },
    h('div', { class: 'job-line' }, h('b', null, `${job.library}, job ${job.id}`), isEnded(job) ? null : cancel),
    isEnded(job) ? null : bar,
    h('p', { class: `small ${job.state === 'failed' ? '' : 'soft'}` }, jobText(job)));
}

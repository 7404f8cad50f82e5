/** Acts that are shown before the server has them, sent one after the other: the one done last is the one that holds. */
export class InOrder {
  /** Acts that the server has not answered yet. */
  waiting = $state(0);
  #last: Promise<unknown> = Promise.resolve();

  /** Send it once what was done before is answered; its answer, or its refusal. */
  send<T>(act: () => Promise<T>): Promise<T> {
    this.waiting++;
    const sent = this.#last.then(act).finally(() => this.waiting--);
    this.#last = sent.catch(() => {});
    return sent;
  }

  /** Once all that was done so far is answered. */
  async answered(): Promise<void> {
    await this.#last;
  }

  /** Whoever leaves the page before that is asked whether to stay. */
  readonly guard = (event: BeforeUnloadEvent): void => {
    if (this.waiting > 0) event.preventDefault();
  };
}
